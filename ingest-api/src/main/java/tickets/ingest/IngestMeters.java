package tickets.ingest;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Supplier;
import org.springframework.stereotype.Component;

/** Every metric of this service. Names and tags are public API: dashboards rest on them. */
@Component
public final class IngestMeters {

  /** Counter, tickets the broker confirmed. */
  public static final String ACCEPTED = "tickets.ingest.accepted";

  /** Counter, calls that found their id accepted before; nothing was published for them. */
  public static final String REPEATED = "tickets.ingest.repeated";

  /** Counter, erasures the broker confirmed. */
  public static final String ERASED = "tickets.ingest.erased";

  /** Counter, calls not answered as asked. Tag {@code reason}: {@link Refusal.Reason}. */
  public static final String REFUSED = "tickets.ingest.refused";

  /** Timer, from a call's arrival to its priority. Tag {@code source}: {@link Source}. */
  public static final String ANSWERED = "tickets.ingest.answered";

  /** Timer, from handing a ticket to the producer to the broker's confirmation. */
  public static final String PUBLISHED = "tickets.ingest.published";

  /** Gauge, callers that wait now. */
  public static final String WAITING = "tickets.ingest.waiting";

  /** Gauge, tickets of this instance that are taken and not decided, and calls being taken. */
  public static final String AHEAD = "tickets.ingest.ahead";

  /** Gauge, how many of {@link #AHEAD} there may be; more calls are refused. */
  public static final String AHEAD_LIMIT = "tickets.ingest.ahead.limit";

  /** Gauge, records a consumer group has still to read. Tag {@code group}. */
  public static final String LAG = "tickets.ingest.lag";

  /** Where an answer was found. */
  public enum Source {
    /** The outcome itself, from the pipeline. */
    PIPELINE,
    /** The outcome of an earlier call with the same text. */
    TEXT_CACHE
  }

  private final MeterRegistry registry;

  IngestMeters(MeterRegistry registry) {
    this.registry = registry;
  }

  public void accepted() {
    Counter.builder(ACCEPTED).register(registry).increment();
  }

  public void repeated() {
    Counter.builder(REPEATED).register(registry).increment();
  }

  public void erased() {
    Counter.builder(ERASED).register(registry).increment();
  }

  void refused(Refusal.Reason reason) {
    Counter.builder(REFUSED).tag("reason", name(reason)).register(registry).increment();
  }

  public void answered(Source source, Duration took) {
    Timer.builder(ANSWERED).tag("source", name(source)).register(registry).record(took);
  }

  public void published(Duration took) {
    Timer.builder(PUBLISHED).register(registry).record(took);
  }

  public void waiting(Supplier<Number> callers) {
    Gauge.builder(WAITING, callers).register(registry);
  }

  public void ahead(Supplier<Number> tickets, Supplier<Number> limit) {
    Gauge.builder(AHEAD, tickets).register(registry);
    Gauge.builder(AHEAD_LIMIT, limit).register(registry);
  }

  public void lag(String group, Supplier<Number> records) {
    Gauge.builder(LAG, records).tag("group", group).register(registry);
  }

  private static String name(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
