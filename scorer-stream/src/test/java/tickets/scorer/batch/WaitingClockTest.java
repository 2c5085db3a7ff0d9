package tickets.scorer.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class WaitingClockTest {

  private final AtomicLong nanos = new AtomicLong(1_000);
  private final WaitingClock clock = new WaitingClock(nanos::get);

  @Test
  void timeInWhichAnotherBatchIsScoredIsNotWaiting() {
    long joined = clock.now();
    nanos.addAndGet(5);
    clock.standingStill(() -> nanos.addAndGet(3_000));
    nanos.addAndGet(2);

    assertThat(clock.now() - joined).isEqualTo(7);
  }

  @Test
  void itStandsStillForTheThreadThatScoresOnly() {
    long joined = clock.now();

    clock.standingStill(
        () -> {
          nanos.addAndGet(3_000);
          return CompletableFuture.runAsync(() -> assertThat(clock.now() - joined).isEqualTo(3_000))
              .join();
        });
  }
}
