package tickets.ingest.access;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RateLimitTest {

  @Test
  void isWrittenAsCallsInATime() {
    assertThat(RateLimit.parse(" ")).isNull();
    assertThat(RateLimit.parse("100/s")).isEqualTo(new RateLimit(100, Duration.ofSeconds(1)));
    assertThat(RateLimit.parse("600/m")).isEqualTo(new RateLimit(600, Duration.ofMinutes(1)));
    assertThat(RateLimit.parse("1000000/H"))
        .isEqualTo(new RateLimit(1_000_000, Duration.ofHours(1)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"100", "0/s", "-1/s", "1/d", "1.5/s", "1000001/s", "1/s/s", "/s"})
  void whatIsNoneIsRefused(String setting) {
    assertThatThrownBy(() -> RateLimit.parse(setting))
        .isInstanceOf(UnsafeStart.class)
        .hasMessageContaining("RATE_LIMIT=" + setting);
  }

  @Test
  void aFullBucketIsEmptiedAtOnceAndFillsSteadily() {
    RateLimit limit = requireNonNull(RateLimit.parse("3/m"));
    long now = 1_000_000_000L;
    long fullAt = 0;
    for (long left = 2; left >= 0; left--) {
      RateLimit.Ruling ruling = limit.rule(fullAt, now);
      assertThat(ruling.allowed()).isTrue();
      assertThat(ruling.left()).isEqualTo(left);
      fullAt = now + ruling.fullMicros();
    }
    RateLimit.Ruling refused = limit.rule(fullAt, now);
    assertThat(refused.allowed()).isFalse();
    assertThat(refused.waitMicros()).isEqualTo(20_000_000);

    assertThat(limit.rule(fullAt, now + 19_999_999).allowed()).isFalse();
    RateLimit.Ruling later = limit.rule(fullAt, now + 20_000_000);
    assertThat(later.allowed()).isTrue();
    assertThat(later.left()).isZero();
  }
}
