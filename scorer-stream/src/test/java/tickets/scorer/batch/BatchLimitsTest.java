package tickets.scorer.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class BatchLimitsTest {

  private final BatchLimits limits = new BatchLimits(4, 100, Duration.ofMillis(5), 64);

  @Test
  void aBatchIsFullByTicketsOrByTokens() {
    assertThat(limits.areReached(3, 99)).isFalse();
    assertThat(limits.areReached(4, 12)).isTrue();
    assertThat(limits.areReached(2, 100)).isTrue();
  }

  @Test
  void aTicketThatWouldExceedTheTokensHasNoRoom() {
    assertThat(limits.haveRoomFor(40, 1, 60)).isTrue();
    assertThat(limits.haveRoomFor(41, 1, 60)).isFalse();
    assertThat(limits.haveRoomFor(1, 4, 10)).isFalse();
  }

  @Test
  void theFirstTicketOfABatchAlwaysHasRoom() {
    assertThat(new BatchLimits(4, 1, Duration.ofMillis(5), 64).haveRoomFor(64, 0, 0)).isTrue();
  }

  @Test
  void aBatchIsDueWhenNobodyJoinedForALinger() {
    assertThat(limits.areDue(millis(3), millis(3))).isFalse();
    assertThat(limits.areDue(millis(5), millis(5))).isTrue();
    assertThat(limits.areDue(millis(12), millis(2))).isFalse();
  }

  @Test
  void aBatchThatTicketsKeepJoiningIsDueAfterFourLingers() {
    assertThat(limits.areDue(millis(18), millis(1))).isFalse();
    assertThat(limits.areDue(millis(20), millis(1))).isTrue();
  }

  @Test
  void aSlowModelGetsFewerTokensSoThatABatchTakesNoLongerThanItShall() {
    BatchLimits usual = new BatchLimits(64, 8192, Duration.ofMillis(5), 256);
    Duration target = Duration.ofSeconds(5);

    assertThat(usual.within(target, 400).maxTokens()).isEqualTo(2000);
    assertThat(usual.within(target, 10_000)).isEqualTo(usual);
    assertThat(usual.within(target, 0).maxTokens()).isEqualTo(1);
  }

  @Test
  void aLongTextCountsAsTheWindowItIsCutTo() {
    assertThat(limits.estimateTokens("x".repeat(10_000))).isEqualTo(64);
    assertThat(limits.estimateTokens("Printer on fire")).isBetween(5, 10);
  }

  @Test
  void fillIsTheLargerShareOfTicketsAndTokens() {
    assertThat(limits.fill(1, 50)).isEqualTo(0.5);
    assertThat(limits.fill(3, 10)).isEqualTo(0.75);
    assertThat(limits.fill(1, 400)).isEqualTo(1);
  }

  @Test
  void impossibleLimitsAreRefused() {
    assertThatThrownBy(() -> new BatchLimits(0, 100, Duration.ofMillis(5), 64))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static long millis(long millis) {
    return Duration.ofMillis(millis).toNanos();
  }
}
