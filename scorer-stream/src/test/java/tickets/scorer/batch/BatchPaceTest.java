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
    score(batches, tokensPerSecond, 1);
  }

  /**
   * @param share of a core that the thread has
   */
  private void score(int batches, double tokensPerCpuSecond, double share) {
    for (int i = 0; i < batches; i++) {
      int tokens = pace.limits().maxTokens();
      Duration cpu = seconds(tokens / tokensPerCpuSecond);
      pace.scored(1, tokens, cpu, seconds(tokens / tokensPerCpuSecond / share));
    }
  }

  private static Duration seconds(double seconds) {
    return Duration.ofNanos((long) (seconds * 1e9));
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
    pace.scored(1, 20, Duration.ofMillis(20), Duration.ofMillis(20));

    assertThat(pace.limits().maxTokens()).isEqualTo(1_000);
  }

  @Test
  void neitherDoesABatchThatTookNoTime() {
    pace.scored(64, 1_000, Duration.ZERO, Duration.ZERO);

    assertThat(pace.limits().maxTokens()).isEqualTo(1_000);
  }

  @Test
  void aThreadThatGetsLittleOfACoreKeepsTheLatencyTargetByItsCpuTime() {
    score(30, 5_000, 0.25);

    assertThat(pace.limits().maxTokens()).isEqualTo(1_000);
  }

  @Test
  void noBatchTakesLongerThanTheLongestFlushByTheClockEither() {
    callersWait = false;
    score(1, 5_000, 0.1);

    // At once: 500 tokens a second by the clock, for 5 s.
    assertThat(pace.limits().maxTokens()).isEqualTo(2_500);
  }

  @Test
  void norDoesOneWhileCallersWait() {
    score(1, 5_000, 0.01);

    assertThat(pace.limits().maxTokens()).isEqualTo(250);
  }

  @Test
  void aSmallBatchThatTookLongerThanThatSaysEnough() {
    callersWait = false;
    pace.scored(1, 100, Duration.ofMillis(20), Duration.ofSeconds(10));

    assertThat(pace.limits().maxTokens()).isEqualTo(50);
  }

  @Test
  void batchesGrowAgainOnceTheThreadGetsItsCore() {
    callersWait = false;
    score(3, 5_000, 0.01);
    assertThat(pace.limits().maxTokens()).isEqualTo(250);

    score(40, 5_000, 1);
    assertThat(pace.limits()).isEqualTo(MOST);
  }

  /** Say, the machine was suspended. */
  @Test
  void oneBatchThatTookForEverIsForgottenSoon() {
    callersWait = false;
    pace.scored(64, 8_192, Duration.ofSeconds(1), Duration.ofHours(1));
    assertThat(pace.limits().maxTokens()).isLessThan(20);

    score(20, 5_000, 1);
    assertThat(pace.limits()).isEqualTo(MOST);
  }
}
