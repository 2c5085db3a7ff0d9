package tickets.sink;

import org.junit.jupiter.api.AfterAll;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.kafka.KafkaContainer;
import org.testcontainers.postgresql.PostgreSQLContainer;

/** The same against the images of docker-compose.yml. */
class EveryOutcomeIsStoredContainersTest extends EveryOutcomeIsStored {

  private static final String KAFKA = "apache/kafka:4.2.1";
  private static final String POSTGRES = "postgres:18";
  private static final String REDIS = "redis:7";
  private static final int REDIS_PORT = 6379;

  private KafkaContainer kafka;
  private PostgreSQLContainer postgres;
  private GenericContainer<?> redis;

  @Override
  Addresses addresses() {
    Docker.assumeImages(KAFKA, POSTGRES, REDIS);
    kafka = new KafkaContainer(KAFKA);
    kafka.start();
    postgres = new PostgreSQLContainer(POSTGRES);
    postgres.start();
    redis =
        new GenericContainer<>(REDIS)
            .withExposedPorts(REDIS_PORT)
            .waitingFor(Wait.forListeningPort());
    redis.start();
    return new Addresses(
        kafka.getBootstrapServers(),
        postgres.getJdbcUrl().replaceFirst("^jdbc:", "r2dbc:").replaceFirst("\\?.*$", ""),
        postgres.getJdbcUrl(),
        postgres.getUsername(),
        postgres.getPassword(),
        "redis://" + redis.getHost() + ":" + redis.getMappedPort(REDIS_PORT));
  }

  @AfterAll
  void stopContainers() {
    if (kafka != null) {
      kafka.stop();
    }
    if (postgres != null) {
      postgres.stop();
    }
    if (redis != null) {
      redis.stop();
    }
  }
}
