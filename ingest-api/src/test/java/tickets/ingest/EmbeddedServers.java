package tickets.ingest;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import tickets.embedded.EmbeddedKafka;
import tickets.embedded.EmbeddedPostgres;
import tickets.embedded.EmbeddedRedis;

/** Kafka, PostgreSQL and Redis of a test; each can be down for a while and come back as it was. */
final class EmbeddedServers implements AutoCloseable {

  private static final String HOST = "127.0.0.1";

  private final Path data;
  private final Servers addresses;
  private final int kafkaPort;
  private final int postgresPort;
  private final int redisPort;
  private @Nullable EmbeddedKafka kafka;
  private @Nullable EmbeddedPostgres postgres;
  private @Nullable EmbeddedRedis redis;

  private EmbeddedServers(
      Path data, EmbeddedKafka kafka, EmbeddedPostgres postgres, EmbeddedRedis redis) {
    this.data = data;
    this.kafka = kafka;
    this.postgres = postgres;
    this.redis = redis;
    kafkaPort = kafka.port();
    postgresPort = postgres.port();
    redisPort = redis.port();
    addresses =
        new Servers(
            kafka.bootstrapServers(),
            redis.url(),
            postgres.r2dbcUrl(),
            postgres.jdbcUrl(),
            postgres.user(),
            postgres.password());
  }

  static EmbeddedServers start(Path data) {
    return new EmbeddedServers(
        data,
        EmbeddedKafka.start(data.resolve("kafka"), HOST, 0),
        EmbeddedPostgres.start(data.resolve("postgres"), 0),
        EmbeddedRedis.start(data.resolve("redis"), 0));
  }

  Servers addresses() {
    return addresses;
  }

  void stopKafka() {
    if (kafka != null) {
      kafka.close();
      kafka = null;
    }
  }

  void startKafka() {
    kafka = EmbeddedKafka.start(data.resolve("kafka"), HOST, kafkaPort);
  }

  void stopPostgres() {
    if (postgres != null) {
      postgres.close();
      postgres = null;
    }
  }

  void startPostgres() {
    postgres = EmbeddedPostgres.start(data.resolve("postgres"), postgresPort);
  }

  void stopRedis() {
    if (redis != null) {
      redis.close();
      redis = null;
    }
  }

  void startRedis() {
    redis = EmbeddedRedis.start(data.resolve("redis"), redisPort);
  }

  @Override
  public void close() {
    stopRedis();
    stopPostgres();
    stopKafka();
  }
}
