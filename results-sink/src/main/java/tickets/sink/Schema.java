package tickets.sink;

import java.util.Map;
import org.flywaydb.core.Flyway;
import org.postgresql.ds.PGSimpleDataSource;
import org.postgresql.ssl.DefaultJavaSSLFactory;
import tickets.contract.access.PostgresAccess;

/**
 * The tables in PostgreSQL, brought up to date by Flyway when this service starts. The replaced
 * service's {@code prediction} table is adopted with its rows. Made by the migration user, if there
 * is one, who then lets the run-time user read and write rows and nothing else.
 */
final class Schema {

  /** The shortest that still allows for a slow network. Unit: seconds. */
  private static final int CONNECT_TIMEOUT_SECONDS = 3;

  private final PGSimpleDataSource database = new PGSimpleDataSource();
  private final String runTimeRole;

  Schema(SinkProperties.Postgres postgres) {
    runTimeRole = postgres.user();
    database.setURL(postgres.jdbcUrl());
    boolean own = !postgres.migrationUser().isEmpty();
    database.setUser(own ? postgres.migrationUser() : postgres.user());
    database.setPassword(own ? postgres.migrationPassword() : postgres.password());
    encrypt(postgres.access());
    database.setConnectTimeout(CONNECT_TIMEOUT_SECONDS);
    database.setTcpKeepAlive(true);
    database.setApplicationName("results-sink schema");
  }

  private void encrypt(PostgresAccess access) {
    if (access.tls() == PostgresAccess.Tls.DISABLE) {
      return;
    }
    database.setSslMode(access.tls().sslMode());
    if (!access.tlsCa().isEmpty()) {
      database.setSslRootCert(access.tlsCa());
    } else if (access.tls() != PostgresAccess.Tls.REQUIRE) {
      // By itself the driver would look for a file in the user's home.
      database.setSslfactory(DefaultJavaSSLFactory.class.getName());
    }
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
        // afterMigrate.sql: who is to read and write the tables.
        .placeholders(Map.of("run_time_role", runTimeRole.replace("'", "''")))
        // A database that has tables already is no reason to skip V1: it adopts them.
        .baselineOnMigrate(true)
        .baselineVersion("0")
        .load()
        .migrate();
  }
}
