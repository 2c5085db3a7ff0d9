package tickets.scorer;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.testcontainers.kafka.KafkaContainer;
import tickets.embedded.DockerImages;

/** The same against the image of docker-compose.yml. */
@DockerImages(DockerImages.KAFKA)
class EveryTicketIsScoredContainersTest extends EveryTicketIsScored {

  private static @Nullable KafkaContainer container;
  private static @Nullable TestKafka kafka;

  @BeforeAll
  static void startContainer() {
    KafkaContainer started = new KafkaContainer(DockerImages.KAFKA);
    container = started;
    started.start();
    kafka = TestKafka.at(started.getBootstrapServers());
  }

  @AfterAll
  static void stopContainer() {
    if (container != null) {
      container.stop();
    }
  }

  @Override
  TestKafka kafka() {
    if (kafka == null) {
      throw new IllegalStateException("The container has not started");
    }
    return kafka;
  }
}
