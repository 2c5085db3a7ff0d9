package tickets.benchmarks.scale;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tickets.benchmarks.scale.Batches.Batch;

class PaceTest {

  private static final List<Batch> ALL =
      List.of(
          batch(0, 100, 0, 0, 0),
          batch(1, 0, 0, 128, 0),
          batch(4, 60, 68, 0, 0),
          batch(5, 0, 0, 128, 0),
          batch(8, 64, 64, 0, 0));

  @Test
  void timeRunsFromTheEndOfTheFirstBatchToTheEndOfTheLast() {
    Pace pace = Pace.of(ALL, List.of(0, 1));

    assertThat(pace.batches()).isEqualTo(3);
    assertThat(pace.tickets()).isEqualTo(100 + 128 + 128);
    assertThat(pace.perSecond()).isEqualTo((128 + 128) / 8.0);
    assertThat(pace.perSecondByPartition()).containsExactly(124 / 8.0, 132 / 8.0, 0.0, 0.0);
  }

  @Test
  void otherThreadsBatchesArePassedOver() {
    assertThat(Pace.of(ALL, List.of(2)).perSecond()).isEqualTo(128 / 4.0);
    assertThat(Pace.of(ALL, List.of(3))).isEqualTo(Pace.NONE);
  }

  @Test
  void oneBatchHasNoPace() {
    Pace pace = Pace.of(ALL.subList(0, 1), List.of(0));

    assertThat(pace.batches()).isEqualTo(1);
    assertThat(pace.perSecond()).isZero();
  }

  static Batch batch(long second, int... byPartition) {
    return new Batch(Instant.EPOCH.plusSeconds(second), IntStream.of(byPartition).boxed().toList());
  }
}
