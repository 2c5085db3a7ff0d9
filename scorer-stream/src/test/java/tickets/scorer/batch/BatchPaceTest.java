package tickets.scorer.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class BatchPaceTest {

  private static final BatchLimits MOST = new BatchLimits(64, 8192, Duration.ofMillis(5), 256);
  private static final Duration TARGET = Duration.ofMillis(200);

  private boolean callersWait = true;
  private final BatchPace pace = new BatchPace(MOST, TARGET, () -> callersWait, 5_000);

  /** Batches as full as they may be, on a machine that scores so much. */
  private void score(int batches, double tokensPerSecond) {
    for (int i = 0; i < batches; i++) {
      int tokens = pace.limits().maxTokens();
      pace.scored(1, tokens, Duration.ofNanos((long) (tokens * 1e9 / tokensPerSecond)));
    }
  }

  @Test
  void aBatchBeginsWithWhatTheFirstMeasurementPromises() {
    assertThat(pace.limits().maxTokens()).isEqualTo(1_000);
  }

  @Test
  void itFollowsTheMachineDownAndUp() {
    score(30, 2_000);
    assertThat(pace.limits().maxTokens()).isBetween(395, 420);

    score(30, 10_000);
    assertThat(pace.limits().maxTokens()).isBetween(1_950, 2_005);
  }

  @Test
  void noLimitThatWasSetIsExceeded() {
    score(60, 1_000_000);

    assertThat(pace.limits()).isEqualTo(MOST);
  }

  @Test
  void whileNobodyWaitsOnlyTheLongestFlushBoundsIt() {
    callersWait = false;
    assertThat(pace.limits()).isEqualTo(MOST);

    score(30, 400);
    assertThat(pace.limits().maxTokens()).isBetween(2_000, 2_100);
  }

  @Test
  void aLoneTicketSaysNothing() {
    pace.scored(1, 20, Duration.ofMillis(20));

    assertThat(pace.limits().maxTokens()).isEqualTo(1_000);
  }

  @Test
  void neitherDoesABatchThatTookNoTime() {
    pace.scored(64, 1_000, Duration.ZERO);

    assertThat(pace.limits().maxTokens()).isEqualTo(1_000);
  }
}
