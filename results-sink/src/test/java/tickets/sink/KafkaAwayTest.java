package tickets.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.regex.Pattern;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import tickets.embedded.EmbeddedKafka;

/** What a person reads while Kafka is away, with the service's own log settings. */
@ExtendWith({OutputCaptureExtension.class, Stores.InJvm.class})
class KafkaAwayTest {

  private static final Duration AWAY = Duration.ofSeconds(6);

  @TempDir Path work;

  private final Stores stores;

  KafkaAwayTest(Stores stores) {
    this.stores = stores;
  }

  @Test
  void anOutageIsTwoLinesNotAFloodAndStoringGoesOn(CapturedOutput output) {
    EmbeddedKafka kafka = start(0);
    int port = kafka.port();
    Addresses addresses = stores.addresses().withKafka(kafka.bootstrapServers());
    addresses.createTopics();
    try (ConfigurableApplicationContext sink = addresses.startSink()) {
      store(addresses);
      kafka.close();
      int before = output.getAll().length();
      soon().until(() -> output.getAll().contains("kafka does not answer"));
      await().pollDelay(AWAY).until(sink::isActive);
      String said = output.getAll().substring(before);

      assertThat(said).containsOnlyOnce("kafka does not answer").doesNotContain("NetworkClient");
      assertThat(Pattern.compile(" (WARN|ERROR) ").matcher(said).results().count())
          .as(said)
          .isLessThan(10);

      kafka = start(port);
      soon().until(() -> output.getAll().contains("kafka answers, after "));
      store(addresses);
    } finally {
      kafka.close();
    }
  }

  private static void store(Addresses addresses) {
    String ids = Events.freshPrefix();
    try (Publisher publisher = new Publisher(addresses.kafka())) {
      publisher.publish(Events.scored(ids, 0, 0, Instant.parse("2026-11-25T10:00:01Z")));
    }
    soon().until(() -> addresses.predictions(ids).size() == 1);
  }

  private static ConditionFactory soon() {
    return await().atMost(Duration.ofSeconds(90)).pollInterval(Duration.ofMillis(100));
  }

  private EmbeddedKafka start(int port) {
    return EmbeddedKafka.start(work.resolve("kafka"), "127.0.0.1", port);
  }
}
