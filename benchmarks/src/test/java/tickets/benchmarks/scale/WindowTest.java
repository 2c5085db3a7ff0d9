package tickets.benchmarks.scale;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tickets.benchmarks.Meters;
import tickets.benchmarks.processes.Usage;
import tickets.contract.ScoredTicket;
import tickets.contract.StageTimes;
import tickets.contract.Topics;

/** Three scorers at one pace each, then one of them alone. */
class WindowTest {

  private static final Instant THREE = Instant.parse("2026-11-26T10:00:00Z");
  private static final Instant ONE = THREE.plusSeconds(100);

  private final Batches batches = new Batches();
  private long offset;

  private final Window three =
      window(
          THREE,
          seen("scorer 1", "a", List.of(0, 3), 0.4),
          seen("scorer 2", "b", List.of(1), 0.4),
          seen("scorer 3", "c", List.of(2), 0.4));

  private final Window one = window(ONE, seen("scorer 1", "a", List.of(0, 1, 2, 3), 0.4));

  @BeforeEach
  void score() {
    for (int second = 1; second < 50; second += 4) {
      scored(THREE.plusSeconds(second), 10, 0, 3);
      scored(THREE.plusSeconds(second + 1), 20, 1);
      scored(THREE.plusSeconds(second + 2), 20, 2);
      scored(ONE.plusSeconds(second), 5, 0, 1, 2, 3);
    }
  }

  @Test
  void threeScorersOfTheSamePaceAreThreeTimesAsQuick() {
    Measured.Stage stage = three.figures(batches, one);

    assertThat(stage.ticketsPerSecond()).isEqualTo(15);
    assertThat(stage.toOne()).isEqualTo(3);
    assertThat(stage.efficiency()).isEqualTo(1);
    assertThat(stage.leastToMost()).isEqualTo(1);
    assertThat(stage.ticketsPerSecondByPartition()).containsExactly(2.5, 5.0, 5.0, 2.5);
    assertThat(stage.instances()).extracting(Measured.Instance::share).containsOnly(0.333);
  }

  @Test
  void anEvenBacklogWaitsForTheScorerOfTwoPartitions() {
    // Two of four partitions on one of three: done after half of the time of one, not a third.
    assertThat(three.figures(batches, one).evenBacklogEfficiency()).isEqualTo(0.667);
    assertThat(one.figures(batches, one).evenBacklogEfficiency()).isEqualTo(1);
  }

  @Test
  void whatAScorerUsedGoesByItsPace() {
    Measured.Instance instance = three.figures(batches, one).instances().get(1);

    assertThat(instance.cores()).isEqualTo(0.4);
    assertThat(instance.cpuSecondsPer1000()).isEqualTo(80);
    assertThat(instance.threads())
        .singleElement()
        .satisfies(
            thread -> {
              assertThat(thread.name()).isEqualTo("StreamThread-b");
              assertThat(thread.partitions()).containsExactly(1);
              assertThat(thread.ticketsPerBatch()).isEqualTo(20);
            });
  }

  @Test
  void aThreadWithoutTicketsDoesNotCountAsSlow() {
    Window idle =
        new Window(
            2,
            1,
            ONE,
            ONE.plusSeconds(50),
            List.of(
                new Window.Seen(
                    "scorer 1",
                    Map.of("x-StreamThread-1", List.of(0), "x-StreamThread-2", List.of(1, 2, 3)),
                    List.of(),
                    moment(0, 0),
                    moment(50, 20))));
    Batches onlyFirst = new Batches();
    for (int second = 1; second < 50; second += 4) {
      onlyFirst.take(outcome(ONE.plusSeconds(second), 0));
    }

    Measured.Stage stage = idle.figures(onlyFirst, idle);

    assertThat(stage.leastToMost()).isEqualTo(1);
    assertThat(stage.efficiency()).isEqualTo(1);
    assertThat(stage.evenBacklogEfficiency()).isEqualTo(1);
  }

  private void scored(Instant at, int ofEach, int... partitions) {
    for (int partition : partitions) {
      for (int i = 0; i < ofEach; i++) {
        batches.take(outcome(at, partition));
      }
    }
  }

  private ScoredTicket outcome(Instant at, int partition) {
    return new ScoredTicket(
        "scale-" + offset,
        "LABEL_1",
        0.9,
        "high",
        Map.of("LABEL_1", 0.9),
        new ScoredTicket.Model("m", "1", "d"),
        false,
        false,
        at,
        at,
        StageTimes.of(Duration.ZERO, Duration.ZERO, Duration.ofMillis(1), Duration.ofMillis(100)),
        "0".repeat(64),
        Topics.TICKETS,
        partition,
        offset++,
        null);
  }

  private static Window window(Instant from, Window.Seen... scorers) {
    return new Window(1, Topics.PARTITIONS, from, from.plusSeconds(50), List.of(scorers));
  }

  private static Window.Seen seen(
      String name, String thread, List<Integer> partitions, double cores) {
    return new Window.Seen(
        name,
        Map.of("scorer-stream-id-StreamThread-" + thread, partitions),
        List.of(),
        moment(0, 0),
        moment(50, 50 * cores));
  }

  private static Window.Moment moment(long second, double cpuSeconds) {
    return new Window.Moment(
        second * 1_000_000_000L,
        new Usage.Of(cpuSeconds, 700, 800),
        Map.of(),
        new Meters(
            Map.of(
                "scorer_tokens_total", 64.0 * second,
                "scorer_batch_tickets_sum", (double) second,
                "scorer_batch_tickets_count", (double) second,
                "scorer_batch_fill_sum", 0.5 * second,
                "scorer_batch_fill_count", (double) second)));
  }
}
