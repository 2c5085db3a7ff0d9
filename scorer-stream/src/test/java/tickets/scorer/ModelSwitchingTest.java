package tickets.scorer;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.context.ConfigurableApplicationContext;
import tickets.contract.EventJson;
import tickets.contract.Lane;
import tickets.contract.Outcome;
import tickets.contract.ScoredTicket;
import tickets.contract.ScorerStatus;
import tickets.contract.Topics;
import tickets.scorer.model.ModelManifest;
import tickets.scorer.switching.SwitchableEngine;

/** Scorers are commanded to use other models while tickets come; with the real model and broker. */
class ModelSwitchingTest {

  @TempDir static Path directory;
  private static SwitchingBroker broker;

  @TempDir Path state;

  @BeforeAll
  static void startBroker() throws IOException {
    broker = new SwitchingBroker(directory);
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  /** Each test begins with the model of the start. */
  @BeforeEach
  void commandNothing() {
    broker.command(null, null);
  }

  /** Tickets on all partitions of both lanes, steadily, until it is closed. */
  private static final class Load implements AutoCloseable {
    private final String name;
    private final AtomicInteger sent = new AtomicInteger();
    private final CountDownLatch over = new CountDownLatch(1);
    private final Thread thread = new Thread(this::publish, "load");

    Load(String name) {
      this.name = name;
      thread.start();
    }

    private void publish() {
      try {
        do {
          int number = sent.get();
          Lane lane = Lane.values()[number % 2];
          String id = name + "-" + number;
          broker
              .producer()
              .send(
                  new ProducerRecord<>(
                      lane.topic(),
                      number / 2 % Topics.PARTITIONS,
                      id.getBytes(StandardCharsets.UTF_8),
                      EventJson.write(Map.of("text", "The printer is out of paper, case " + id))));
          sent.incrementAndGet();
        } while (!over.await(10, TimeUnit.MILLISECONDS));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      broker.producer().flush();
    }

    void awaitMore(int tickets) {
      int now = sent.get();
      Awaitility.await("more tickets")
          .atMost(SwitchingBroker.LIMIT)
          .until(() -> sent.get() >= now + tickets);
    }

    boolean isMine(Outcome outcome) {
      return outcome.taskId().startsWith(name + "-");
    }

    /** Ends it, and returns the one outcome that each of its tickets must have. */
    List<ScoredTicket> outcomes() {
      close();
      List<ScoredTicket> scored = new ArrayList<>();
      for (TestKafka.Arrival arrival :
          broker.kafka().awaitOutcomes(sent.get(), this::isMine, SwitchingBroker.LIMIT)) {
        assertThat(arrival.outcome()).isInstanceOf(ScoredTicket.class);
        scored.add((ScoredTicket) arrival.outcome());
      }
      assertThat(scored).extracting(ScoredTicket::taskId).doesNotHaveDuplicates();
      return scored;
    }

    @Override
    public void close() {
      over.countDown();
      try {
        thread.join(10_000);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** The versions that scored a partition, in the order of its tickets, repetitions left out. */
  private static List<String> versions(List<ScoredTicket> ofPartition) {
    List<String> versions = new ArrayList<>();
    ofPartition.stream()
        .sorted(Comparator.comparingLong(ScoredTicket::sourceOffset))
        .map(ticket -> ticket.model().version())
        .forEach(
            version -> {
              if (versions.isEmpty() || !versions.get(versions.size() - 1).equals(version)) {
                versions.add(version);
              }
            });
    return versions;
  }

  private static Map<String, List<ScoredTicket>> byPartition(List<ScoredTicket> scored) {
    return scored.stream()
        .collect(groupingBy(one -> one.sourceTopic() + "-" + one.sourcePartition()));
  }

  /** Tickets of a batch share its times, down to the microsecond. */
  private static void assertNoBatchIsMixed(List<ScoredTicket> scored) {
    Map<String, Set<String>> digestsOfBatches =
        scored.stream()
            .collect(
                groupingBy(
                    one -> one.scoredAt() + " " + one.stages(),
                    mapping(one -> one.model().digest(), toSet())));
    assertThat(digestsOfBatches.values()).allSatisfy(digests -> assertThat(digests).hasSize(1));
  }

  private static String digest(ConfigurableApplicationContext app) {
    return app.getBean(SwitchableEngine.class).manifest().digest();
  }

  private static ScorerStatus awaitServing(long epoch) {
    return broker.awaitStatus(
        status -> status.epoch() == epoch && status.state() == ScorerStatus.State.SERVING);
  }

  private static ScorerStatus awaitRefused(long epoch) {
    return broker.awaitStatus(
        status -> status.epoch() == epoch && status.state() == ScorerStatus.State.REFUSED);
  }

  @Test
  void underLoadItGoesForwardAndBackAndEveryTicketHasOneOutcomeOfOneModel() {
    try (ConfigurableApplicationContext app = broker.start(state);
        Load load = new Load("swap")) {
      String first = digest(app);
      broker.kafka().awaitOutcomesAtLeast(8, load::isMine, SwitchingBroker.LIMIT);

      ScorerStatus forward = awaitServing(broker.command("second", null));
      assertThat(forward.model().version()).isEqualTo("2.0.0");
      assertThat(forward.model().digest()).isNotEqualTo(first).isEqualTo(digest(app));
      load.awaitMore(50);

      ScorerStatus back = awaitServing(broker.command(null, null));
      assertThat(back.model().digest()).isEqualTo(first);
      load.awaitMore(50);

      List<ScoredTicket> scored = load.outcomes();
      assertThat(byPartition(scored).values())
          .hasSize(2 * Topics.PARTITIONS)
          .allSatisfy(
              partition ->
                  assertThat(versions(partition)).containsExactly("1.0.0", "2.0.0", "1.0.0"));
      assertThat(scored)
          .allSatisfy(
              one ->
                  assertThat(one.model().digest())
                      .isEqualTo(
                          one.model().version().equals("1.0.0")
                              ? first
                              : forward.model().digest()));
      assertNoBatchIsMixed(scored);
    }
  }

  @Test
  void allScorersSwitchAndARestartedOneComesUpWithTheCommandedModel() {
    long epoch = broker.command("second", null);
    String second;
    try (ConfigurableApplicationContext one = broker.start(state.resolve("one"));
        ConfigurableApplicationContext other = broker.start(state.resolve("other"))) {
      awaitServing(epoch);
      Awaitility.await("both")
          .atMost(SwitchingBroker.LIMIT)
          .until(() -> digest(one).equals(digest(other)));
      second = digest(one);
      assertThat(one.getBean(SwitchableEngine.class).manifest().version()).isEqualTo("2.0.0");
    }

    try (Load load = new Load("restarted");
        ConfigurableApplicationContext again = broker.start(state.resolve("one"))) {
      broker.kafka().awaitOutcomesAtLeast(8, load::isMine, SwitchingBroker.LIMIT);
      assertThat(load.outcomes())
          .extracting(ticket -> ticket.model().digest())
          .as("not one by the model of MODEL_PATH")
          .containsOnly(second)
          .contains(digest(again));
    }
  }

  @Test
  void whatCantBeUsedIsSaidAndScoringGoesOn() throws IOException {
    Path outside = Files.createDirectory(state.resolve("outside"));
    Files.createSymbolicLink(broker.models().resolve("way-out"), outside);
    Path empty = Files.createDirectory(broker.models().resolve("empty"));
    try (ConfigurableApplicationContext app = broker.start(state.resolve("state"));
        Load load = new Load("refused")) {
      String first = digest(app);

      assertThat(awaitRefused(broker.command("missing", null)).problem())
          .contains("missing does not exist below MODELS_DIR");
      assertThat(awaitRefused(broker.command("/etc", null)).problem()).contains("MODELS_DIR");
      assertThat(awaitRefused(broker.command("way-out", null)).problem()).contains("MODELS_DIR");
      assertThat(awaitRefused(broker.command("empty", null)).problem())
          .contains("config.json")
          .doesNotContain(empty.getParent().toString());
      ScorerStatus wrong = awaitRefused(broker.command("second", "0".repeat(64)));
      assertThat(wrong.problem()).contains("has the digest").contains("0".repeat(64));
      assertThat(wrong.model().digest()).isEqualTo(first);

      String right = wrong.problem().replaceFirst(".*has the digest ([0-9a-f]{64}).*", "$1");
      assertThat(awaitServing(broker.command("second", right)).model().digest()).isEqualTo(right);
      load.awaitMore(30);

      assertThat(load.outcomes()).extracting(one -> one.model().digest()).contains(first, right);
    }
  }

  @Test
  void killedWhileItSwitchesItLosesNothingAndComesUpWithTheCommandedModel() throws Exception {
    Path output = state.resolve("output.txt");
    try (Load load = new Load("killed-switching")) {
      Process scorer = startScorer(output);
      try {
        broker.kafka().awaitOutcomesAtLeast(8, load::isMine, SwitchingBroker.LIMIT);
        broker.command("second", null);
        Awaitility.await("it begins to load")
            .atMost(SwitchingBroker.LIMIT)
            .failFast("it ended, see " + output, () -> !scorer.isAlive())
            .until(() -> Files.readString(output).contains("asks for second: it is being loaded"));
      } finally {
        scorer.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
      }

      try (ConfigurableApplicationContext again = broker.start(state.resolve("state"))) {
        load.awaitMore(50);
        List<ScoredTicket> scored = load.outcomes();

        assertThat(byPartition(scored).values())
            .allSatisfy(
                partition ->
                    assertThat(versions(partition)).endsWith("2.0.0").hasSizeLessThanOrEqualTo(2));
        assertNoBatchIsMixed(scored);
        ModelManifest now = again.getBean(SwitchableEngine.class).manifest();
        assertThat(now.version()).isEqualTo("2.0.0");
      }
    }
  }

  private Process startScorer(Path output) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                ScorerStream.class.getName()));
    command.addAll(List.of(broker.arguments(state.resolve("state"))));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(output.toFile())
        .start();
  }
}
