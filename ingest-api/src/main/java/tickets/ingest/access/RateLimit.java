package tickets.ingest.access;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * So many calls in so long, as {@code 100/s}, {@code 600/m} or {@code 10000/h}. A client that was
 * quiet may make all of them at once; after that it gets one more each {@link #intervalMicros()}.
 *
 * @param calls 1 to 1,000,000
 * @param period one second, minute or hour
 */
record RateLimit(long calls, Duration period) {

  private static final Pattern FORM = Pattern.compile("([1-9]\\d{0,6})/([smh])");
  private static final long MOST = 1_000_000;

  /**
   * Reads the setting.
   *
   * @return null if it is empty: no limit
   * @throws UnsafeStart if it makes no sense
   */
  static @Nullable RateLimit parse(String setting) {
    if (setting.isBlank()) {
      return null;
    }
    Matcher matcher = FORM.matcher(setting.strip().toLowerCase(Locale.ROOT));
    if (!matcher.matches() || Long.parseLong(matcher.group(1)) > MOST) {
      throw new UnsafeStart(
          "RATE_LIMIT=" + setting + " is no limit. Write it as 100/s, 600/m or 10000/h.");
    }
    Duration period =
        switch (matcher.group(2)) {
          case "s" -> Duration.ofSeconds(1);
          case "m" -> Duration.ofMinutes(1);
          default -> Duration.ofHours(1);
        };
    return new RateLimit(Long.parseLong(matcher.group(1)), period);
  }

  long periodMicros() {
    return period.toNanos() / 1_000;
  }

  /** At most 1,000,000 a second: at least one microsecond. */
  long intervalMicros() {
    return periodMicros() / calls;
  }

  /**
   * What came of one call.
   *
   * @param left calls that may follow at once
   * @param waitMicros until the next is allowed; 0 if this one was
   * @param fullMicros until all calls may be made at once again
   */
  record Ruling(boolean allowed, long left, long waitMicros, long fullMicros) {}

  /**
   * Rules on a call, by the generic cell rate algorithm: the whole state of a bucket is the time at
   * which it will be full.
   *
   * @param fullAt that time, in microseconds
   */
  Ruling rule(long fullAt, long now) {
    long from = Math.max(fullAt, now);
    long next = from + intervalMicros();
    // A call fits if the bucket, drained by it, will be full again within one period.
    long over = next - now - intervalMicros() * calls;
    return over > 0
        ? new Ruling(false, 0, over, from - now)
        : new Ruling(true, -over / intervalMicros(), 0, next - now);
  }
}
