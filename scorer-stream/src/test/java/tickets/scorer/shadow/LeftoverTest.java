package tickets.scorer.shadow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class LeftoverTest {
  private static final Duration BATCH = Duration.ofMillis(80);
  private static final int CORES = 2;

  private double others;
  private double own;
  private final Leftover leftover = new Leftover(() -> others + own, CORES);

  /** Batches one after another, each with its rest, until that has settled; the last rest. */
  private Duration settled() {
    Duration rest = Duration.ZERO;
    for (int i = 0; i < 50; i++) {
      Duration elapsed = rest.plus(BATCH);
      own = (double) BATCH.toNanos() / (elapsed.toNanos() * CORES);
      rest = leftover.restAfter(BATCH, elapsed, BATCH);
    }
    return rest;
  }

  @Test
  void onAnIdleMachineItNeverRests() {
    assertThat(settled()).isZero();
  }

  @Test
  void itTakesHalfOfWhatIsLeft() {
    others = 0.8;

    Duration rest = settled();

    double taken = (double) BATCH.toNanos() / (rest.plus(BATCH).toNanos() * CORES);
    assertThat(taken).isCloseTo(0.1, within(0.005));
  }

  @Test
  void onAFullMachineItGoesOnAllTheSame() {
    others = 1;

    assertThat(settled()).isEqualTo(Duration.ofSeconds(2));
  }

  @Test
  void aShortBusyMomentIsNotTakenForTheWholeTruth() {
    settled();
    others = 1;

    assertThat(leftover.restAfter(BATCH, BATCH, BATCH)).isLessThan(BATCH);
  }

  @Test
  void whereTheLoadIsNotKnownTheLastThatWasKnownCounts() {
    Leftover unknown = new Leftover(() -> Double.NaN, CORES);

    assertThat(unknown.restAfter(BATCH, BATCH, BATCH)).isZero();
    assertThat(unknown.restAfter(BATCH, Duration.ZERO, BATCH)).isZero();
  }

  @Test
  void aGpuCostsNoCores() {
    others = 0.99;
    settled();

    assertThat(leftover.restAfter(Duration.ofMillis(1), BATCH, BATCH)).isZero();
  }
}
