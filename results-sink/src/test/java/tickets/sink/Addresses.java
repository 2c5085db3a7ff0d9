package tickets.sink;

import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ConfigurableApplicationContext;
import tickets.contract.Topics;
import tickets.contract.access.PostgresAccess;

/** Where Kafka, PostgreSQL and Redis are, and what a test asks of them directly. */
record Addresses(
    String kafka,
    String r2dbcUrl,
    String jdbcUrl,
    String postgresUser,
    String postgresPassword,
    String redisUrl) {

  /** The same stores, fed from another Kafka. */
  Addresses withKafka(String bootstrapServers) {
    return new Addresses(
        bootstrapServers, r2dbcUrl, jdbcUrl, postgresUser, postgresPassword, redisUrl);
  }

  /** Starts the service against these, with pauses short enough for a test. */
  ConfigurableApplicationContext startSink(String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--server.port=0",
                "--spring.kafka.bootstrap-servers=" + kafka,
                "--spring.r2dbc.url=" + r2dbcUrl,
                "--spring.r2dbc.username=" + postgresUser,
                "--spring.r2dbc.password=" + postgresPassword,
                "--sink.postgres.jdbc-url=" + jdbcUrl,
                "--sink.redis.access.url=" + redisUrl,
                "--sink.retry.pause=20ms",
                "--sink.retry.pause-max=100ms"));
    arguments.addAll(List.of(more));
    return ResultsSink.application().run(arguments.toArray(String[]::new));
  }

  /** Where the tables are, for who makes them. */
  SinkProperties.Postgres schemaSettings(Duration timeout) {
    return new SinkProperties.Postgres(
        jdbcUrl,
        postgresUser,
        postgresPassword,
        "",
        "",
        new PostgresAccess(PostgresAccess.Tls.DISABLE, ""),
        timeout);
  }

  /** Rows as maps from column to value; nothing if there is no such table yet. */
  List<Map<String, @Nullable Object>> rows(String sql) {
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      List<Map<String, @Nullable Object>> rows = new ArrayList<>();
      while (result.next()) {
        Map<String, @Nullable Object> row = new LinkedHashMap<>();
        for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
          row.put(result.getMetaData().getColumnLabel(i), result.getObject(i));
        }
        rows.add(row);
      }
      return rows;
    } catch (SQLException e) {
      if ("42P01".equals(e.getSQLState())) {
        return List.of();
      }
      throw new IllegalStateException(sql, e);
    }
  }

  void execute(String sql) {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  private Connection connect() throws SQLException {
    return DriverManager.getConnection(jdbcUrl, postgresUser, postgresPassword);
  }

  List<Map<String, @Nullable Object>> predictions(String idPrefix) {
    return rows("select * from prediction where task_id like '" + idPrefix + "%' order by task_id");
  }

  List<Map<String, @Nullable Object>> tickets(String idPrefix) {
    return rows("select * from ticket where task_id like '" + idPrefix + "%' order by task_id");
  }

  List<Map<String, @Nullable Object>> corrections(String idPrefix) {
    return rows(
        "select * from correction where task_id like '"
            + idPrefix
            + "%' order by task_id, corrected_at, source_offset");
  }

  <T> T redis(Function<StatefulRedisConnection<String, String>, T> ask) {
    RedisClient client = RedisClient.create(redisUrl);
    try (StatefulRedisConnection<String, String> connection = client.connect()) {
      return ask.apply(connection);
    } finally {
      client.shutdown();
    }
  }

  @Nullable String redisValue(String key) {
    return redis(connection -> Optional.ofNullable(connection.sync().get(key))).orElse(null);
  }

  Admin admin() {
    return Admin.create(Map.of(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, kafka));
  }

  void createTopics() {
    try (Admin admin = admin()) {
      Topics.create(admin, (short) 1, Duration.ofSeconds(60));
    }
  }
}
