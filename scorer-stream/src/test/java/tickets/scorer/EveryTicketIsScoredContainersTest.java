package tickets.scorer;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.testcontainers.kafka.KafkaContainer;

/** The same against the image of docker-compose.yml. */
class EveryTicketIsScoredContainersTest extends EveryTicketIsScored {

  private static final String IMAGE = "apache/kafka:4.2.1";

  private static @Nullable KafkaContainer container;
  private static @Nullable TestKafka kafka;

  /** Before each test and not before all, so that each one is reported as skipped. */
  @BeforeEach
  void startContainer() {
    Docker.assumeImage(IMAGE);
    if (container != null) {
      return;
    }
    KafkaContainer started = new KafkaContainer(IMAGE);
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
