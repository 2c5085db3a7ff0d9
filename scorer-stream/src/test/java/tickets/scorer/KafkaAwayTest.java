package tickets.scorer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import tickets.embedded.EmbeddedKafka;

/** What a person reads while Kafka is away, with the service's own log settings. */
@ExtendWith(OutputCaptureExtension.class)
class KafkaAwayTest {

  private static final Duration AWAY = Duration.ofSeconds(6);

  @TempDir Path work;

  @Test
  void anOutageIsTwoLinesNotAFloodAndScoringGoesOn(CapturedOutput output) {
    EmbeddedKafka kafka = start(0);
    int port = kafka.port();
    try (ConfigurableApplicationContext app = startScorer(kafka)) {
      RunningScorers scorer = app.getBean(RunningScorers.class);
      Awaitility.await("it runs")
          .atMost(TestKafka.LIMIT)
          .until(() -> scorer.state() == RunningScorer.State.RUNNING);
      kafka.close();
      int before = output.getAll().length();
      Awaitility.await("it says so")
          .atMost(TestKafka.LIMIT)
          .until(() -> output.getAll().contains("kafka does not answer"));
      Awaitility.await("the clients go on trying")
          .pollDelay(AWAY)
          .until(() -> scorer.state() != RunningScorer.State.STOPPED);
      String said = output.getAll().substring(before);

      assertThat(said).containsOnlyOnce("kafka does not answer").doesNotContain("NetworkClient");
      assertThat(Pattern.compile(" (WARN|ERROR) ").matcher(said).results().count())
          .as(said)
          .isLessThan(10);

      kafka = start(port);
      Awaitility.await("it is back")
          .atMost(TestKafka.LIMIT)
          .until(() -> output.getAll().contains("kafka answers, after "));
      TestKafka tickets = TestKafka.at(kafka.bootstrapServers());
      tickets.publish(List.of(TestKafka.ticket(0, "after-the-outage", "The printer is on fire")));
      tickets.awaitOutcomes(1, outcome -> outcome.taskId().equals("after-the-outage"));
    } finally {
      kafka.close();
    }
  }

  private EmbeddedKafka start(int port) {
    return EmbeddedKafka.start(work.resolve("kafka"), "127.0.0.1", port);
  }

  private ConfigurableApplicationContext startScorer(EmbeddedKafka kafka) {
    Map<String, String> properties =
        Map.of(
            "scorer.kafka-bootstrap-servers",
            kafka.bootstrapServers(),
            "scorer.model-path",
            "../models/ticket-priority-ru-en",
            "scorer.state-dir",
            work.resolve("state").toString(),
            "server.port",
            "0");
    return ScorerStream.application()
        .run(
            properties.entrySet().stream()
                .map(entry -> "--" + entry.getKey() + "=" + entry.getValue())
                .toArray(String[]::new));
  }
}
