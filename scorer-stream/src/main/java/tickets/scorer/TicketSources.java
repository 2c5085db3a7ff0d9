package tickets.scorer;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Which systems publish tickets, and for how long one has not while the others did.
 *
 * <p>Silence is measured by the tickets' own times: from a source's last ticket to the last ticket
 * of any. By the clock, a scorer that is behind would call every source silent. That nobody at all
 * publishes is seen by ingest-api, which looks at the topic's end.
 */
final class TicketSources {

  /** Sources with a series of their own; whoever may publish could name any number. */
  static final int MOST = 32;

  /** What all further sources are counted as. */
  static final String OTHER = "other";

  /** What a ticket without a source is counted as. */
  static final String NONE = "none";

  private static final int LONGEST_NAME = 64;

  private final MeterRegistry registry;
  private final Map<String, AtomicLong> last = new ConcurrentHashMap<>();
  private final AtomicLong lastOfAny = new AtomicLong();

  TicketSources(MeterRegistry registry) {
    this.registry = registry;
  }

  /** A ticket of this source was read. */
  void published(@Nullable String source, Instant receivedAt) {
    long time = receivedAt.toEpochMilli();
    lastOfAny.accumulateAndGet(time, Math::max);
    lastOf(name(source)).accumulateAndGet(time, Math::max);
  }

  private static String name(@Nullable String source) {
    if (source == null || source.isEmpty()) {
      return NONE;
    }
    return source.codePointCount(0, source.length()) <= LONGEST_NAME
        ? source
        : source.substring(0, source.offsetByCodePoints(0, LONGEST_NAME));
  }

  private AtomicLong lastOf(String name) {
    AtomicLong known = last.get(name);
    return known != null ? known : lastOfNew(name);
  }

  private synchronized AtomicLong lastOfNew(String name) {
    String counted = last.containsKey(name) || last.size() < MOST ? name : OTHER;
    return requireNonNull(
        last.computeIfAbsent(
            counted,
            source -> {
              AtomicLong time = new AtomicLong();
              Gauge.builder(
                      ScorerMeters.SOURCE_SILENCE, () -> (lastOfAny.get() - time.get()) / 1000.0)
                  .description("From a source's last ticket to the last ticket of any source")
                  .baseUnit("seconds")
                  .tag("source", source)
                  .register(registry);
              return time;
            }));
  }
}
