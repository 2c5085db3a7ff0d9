package tickets.scorer;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.awaitility.Awaitility;
import tickets.contract.Lane;
import tickets.contract.Redaction;
import tickets.contract.TopicRetention;
import tickets.contract.access.KafkaAccess;
import tickets.scorer.batch.BatchLimits;
import tickets.scorer.batch.BatchPace;
import tickets.scorer.batch.BatchScoring;
import tickets.scorer.model.Precision;

/** A running scorer as the application builds it, but with another engine. */
final class TestScorer implements AutoCloseable {

  private final InstanceId instance;
  private final RunningScorer running;

  private TestScorer(InstanceId instance, RunningScorer running) {
    this.instance = instance;
    this.running = running;
  }

  /** Starts one with a single thread and a batch of at most {@code maxTickets}. */
  static TestScorer start(
      String servers, Path stateDirectory, BatchScoring engine, int maxTickets, Duration linger) {
    ScorerProperties properties = properties(servers, stateDirectory, maxTickets, linger);
    BatchLimits limits = properties.batchLimits(256);
    ScorerMeters meters =
        new ScorerMeters(
            new SimpleMeterRegistry(),
            new ServiceLevel(properties.sla(), () -> "LABEL_1"),
            InstantSource.system());
    InstanceId instance = InstanceId.claim(stateDirectory);
    RunningScorer running =
        new RunningScorer(
            Lane.TICKETS,
            () ->
                ScoringTopology.build(
                    Lane.TICKETS,
                    engine,
                    new BatchPace(limits, properties.batchLatencyTarget(), () -> false, 1_000_000),
                    properties.textMaxChars(),
                    properties.redact(),
                    properties.storeText(),
                    properties.retention(),
                    meters,
                    InstantSource.system(),
                    System::nanoTime),
            StreamsSettings.of(Lane.TICKETS, properties, properties.threads(Lane.TICKETS, 1)),
            properties.retention(),
            new StableTransactions(Lane.TICKETS.scorerGroup(), instance.id()),
            meters,
            () -> {});
    running.start();
    return new TestScorer(instance, running);
  }

  /** Settings, where only that they are some matters. */
  static ScorerProperties properties() {
    return properties("localhost:9092", Path.of("unused"), 128, Duration.ofMillis(5));
  }

  private static ScorerProperties properties(
      String servers, Path stateDirectory, int maxTickets, Duration linger) {
    return new ScorerProperties(
        servers,
        new KafkaAccess(
            SecurityProtocol.PLAINTEXT, KafkaAccess.Mechanism.SCRAM_SHA_512, "", "", "", "", ""),
        1,
        TopicRetention.DEFAULT.tickets(),
        Path.of("unused"),
        Path.of("unused"),
        Precision.AUTO,
        "",
        1_000,
        1,
        maxTickets,
        100_000,
        Duration.ofSeconds(5),
        linger,
        Redaction.NONE,
        true,
        10_000,
        Duration.ofSeconds(60),
        stateDirectory);
  }

  RunningScorer running() {
    return running;
  }

  TestScorer awaitRunning() {
    Awaitility.await("the scorer runs")
        .atMost(TestKafka.LIMIT)
        .until(() -> running.state() == RunningScorer.State.RUNNING);
    return this;
  }

  /** Stops as the application does. */
  @Override
  public void close() {
    running.stop();
    instance.close();
  }
}
