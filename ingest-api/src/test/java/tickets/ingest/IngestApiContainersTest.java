package tickets.ingest;

import org.jspecify.annotations.NullUnmarked;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.kafka.KafkaContainer;
import org.testcontainers.lifecycle.Startables;
import org.testcontainers.postgresql.PostgreSQLContainer;
import tickets.embedded.DockerImages;

/** The same contract on the images of docker-compose.yml. */
@DockerImages({DockerImages.KAFKA, DockerImages.POSTGRES, DockerImages.REDIS})
@NullUnmarked // fields are set before the first test
class IngestApiContainersTest extends HttpContract {

  private static final int REDIS_PORT = 6379;

  private KafkaContainer kafka;
  private PostgreSQLContainer postgres;
  private GenericContainer<?> redis;

  @Override
  Servers startServers() {
    kafka =
        new KafkaContainer(DockerImages.KAFKA).withEnv("KAFKA_AUTO_CREATE_TOPICS_ENABLE", "false");
    postgres = new PostgreSQLContainer(DockerImages.POSTGRES);
    redis =
        new GenericContainer<>(DockerImages.REDIS)
            .withExposedPorts(REDIS_PORT)
            .waitingFor(Wait.forListeningPort());
    Startables.deepStart(kafka, postgres, redis).join();
    String jdbc = postgres.getJdbcUrl();
    return new Servers(
        kafka.getBootstrapServers(),
        "redis://" + redis.getHost() + ":" + redis.getMappedPort(REDIS_PORT),
        jdbc.replaceFirst("^jdbc:", "r2dbc:").replaceFirst("\\?.*$", ""),
        jdbc,
        postgres.getUsername(),
        postgres.getPassword());
  }

  @Override
  void stopServers() {
    if (kafka != null) {
      kafka.stop();
      postgres.stop();
      redis.stop();
    }
  }
}
