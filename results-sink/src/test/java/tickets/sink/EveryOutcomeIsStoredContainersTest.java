package tickets.sink;

import org.junit.jupiter.api.AfterAll;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.kafka.KafkaContainer;
import org.testcontainers.postgresql.PostgreSQLContainer;
import tickets.embedded.DockerImages;

/** The same against the images of docker-compose.yml. */
@DockerImages({DockerImages.KAFKA, DockerImages.POSTGRES, DockerImages.REDIS})
class EveryOutcomeIsStoredContainersTest extends EveryOutcomeIsStored {

  private static final int REDIS_PORT = 6379;

  private KafkaContainer kafka;
  private PostgreSQLContainer postgres;
  private GenericContainer<?> redis;

  @Override
  Addresses addresses() {
    kafka = new KafkaContainer(DockerImages.KAFKA);
    kafka.start();
    postgres = new PostgreSQLContainer(DockerImages.POSTGRES);
    postgres.start();
    redis =
        new GenericContainer<>(DockerImages.REDIS)
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
