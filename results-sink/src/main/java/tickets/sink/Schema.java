package tickets.sink;

import org.flywaydb.core.Flyway;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * The tables in PostgreSQL, brought up to date by Flyway when this service starts. The replaced
 * service's {@code prediction} table is adopted with its rows.
 */
final class Schema {

  /** The shortest that still allows for a slow network. Unit: seconds. */
  private static final int CONNECT_TIMEOUT_SECONDS = 3;

  private final PGSimpleDataSource database = new PGSimpleDataSource();

  Schema(SinkProperties.Postgres postgres) {
    database.setURL(postgres.jdbcUrl());
    database.setUser(postgres.user());
    database.setPassword(postgres.password());
    database.setConnectTimeout(CONNECT_TIMEOUT_SECONDS);
    database.setTcpKeepAlive(true);
    database.setApplicationName("results-sink schema");
  }

  /**
   * Returns when the tables are as this version needs them. Several instances may do so at once.
   *
   * @throws RuntimeException if PostgreSQL can't be reached or does not allow it
   */
  void migrate() {
    Flyway.configure(Schema.class.getClassLoader())
        .dataSource(database)
        .locations("classpath:db/tickets")
        // A database that has tables already is no reason to skip V1: it adopts them.
        .baselineOnMigrate(true)
        .baselineVersion("0")
        .load()
        .migrate();
  }
}
