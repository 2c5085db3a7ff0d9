package tickets.scorer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A killed scorer loses nothing, repeats nothing, and is back within seconds. */
class KilledScorerTest {

  @RegisterExtension static final TestKafka kafka = new TestKafka();

  private static final int TICKETS = 200;
  private static final int BATCH = 4;

  /**
   * Far below the transaction timeout of 60 s, for which the killed scorer's open transaction would
   * block its successor; above the session timeout of 10 s, after which its partitions are free.
   */
  private static final Duration BACK_WITHIN = Duration.ofSeconds(40);

  @TempDir Path directory;

  @Test
  void killedInTheMiddleOfABatchItLosesNothingAndRepeatsNothing()
      throws IOException, InterruptedException {
    Path output = directory.resolve("output.txt");
    Process scorer = startScorer(output);
    List<RecordMetadata> positions;
    try {
      positions =
          kafka.publish(
              IntStream.range(0, TICKETS)
                  .mapToObj(i -> TestKafka.ticket(0, "killed-" + i, "text " + i))
                  .toList());
      Awaitility.await("it holds a batch, with outcomes of others in an open transaction")
          .atMost(Duration.ofSeconds(60))
          .failFast("it ended, see " + output, () -> !scorer.isAlive())
          .until(() -> Files.readString(output).contains(KilledMidBatch.HOLDING));
    } finally {
      scorer.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
    }

    StubEngine engine = new StubEngine();
    try (TestScorer restarted =
        TestScorer.start(
            kafka.servers(), directory.resolve("state"), engine, BATCH, Duration.ofMillis(5))) {
      List<TestKafka.Arrival> arrivals =
          kafka.awaitOutcomes(TICKETS, EveryTicketIsScored.isAtOneOf(positions), BACK_WITHIN);

      assertThat(arrivals)
          .extracting(arrival -> arrival.outcome().taskId())
          .containsExactlyInAnyOrderElementsOf(
              IntStream.range(0, TICKETS).mapToObj(i -> "killed-" + i).toList());
      assertThat(engine.texts()).as("what the killed one held").isNotEmpty();
    }
  }

  private Process startScorer(Path output) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-cp",
            System.getProperty("java.class.path"),
            KilledMidBatch.class.getName(),
            kafka.servers(),
            directory.resolve("state").toString(),
            Integer.toString(BATCH))
        .redirectErrorStream(true)
        .redirectOutput(output.toFile())
        .start();
  }
}
