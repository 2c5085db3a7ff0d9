package tickets.sink;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.extension.ExtendWith;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.kafka.KafkaContainer;
import org.testcontainers.postgresql.PostgreSQLContainer;

/** The same against the images of docker-compose.yml. */
@ExtendWith(Docker.class)
class EveryOutcomeIsStoredContainersTest extends EveryOutcomeIsStored {

  private static final int REDIS_PORT = 6379;

  private KafkaContainer kafka;
  private PostgreSQLContainer postgres;
  private GenericContainer<?> redis;

  @Override
  Addresses addresses() {
    kafka = new KafkaContainer(Docker.KAFKA);
    kafka.start();
    postgres = new PostgreSQLContainer(Docker.POSTGRES);
    postgres.start();
    redis =
        new GenericContainer<>(Docker.REDIS)
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
