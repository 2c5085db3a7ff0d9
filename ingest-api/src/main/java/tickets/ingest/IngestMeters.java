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

  /** Counter, corrections the broker confirmed. */
  public static final String CORRECTED = "tickets.ingest.corrected";

  /** Counter, calls not answered as asked. Tag {@code reason}: {@link Refusal.Reason}. */
  public static final String REFUSED = "tickets.ingest.refused";

  /** Timer, from a call's arrival to its priority. Tag {@code source}: {@link Source}. */
  public static final String ANSWERED = "tickets.ingest.answered";

  /** Timer, from handing a ticket to the producer to the broker's confirmation. */
  public static final String PUBLISHED = "tickets.ingest.published";

  /** Gauge, callers that wait now. */
  public static final String WAITING = "tickets.ingest.waiting";

  /**
   * Gauge, tickets of this instance that are taken and not decided, and calls being taken; tag
   * {@code topic}.
   */
  public static final String AHEAD = "tickets.ingest.ahead";

  /** Gauge, how many of {@link #AHEAD} there may be; more calls are refused. Tag {@code topic}. */
  public static final String AHEAD_LIMIT = "tickets.ingest.ahead.limit";

  /** Gauge, records a consumer group has still to read. Tag {@code group}. */
  public static final String LAG = "tickets.ingest.lag";

  /** Gauge, members of a consumer group. Tag {@code group}. */
  public static final String MEMBERS = "tickets.consumer.members";

  /** Gauge, seconds since the oldest record a group has still to read came. Tag {@code group}. */
  public static final String LAG_AGE = "tickets.consumer.lag.age";

  /** Gauge, that age as a part of the topic's retention. Tag {@code group}. */
  public static final String LAG_OF_RETENTION = "tickets.consumer.lag.retention.ratio";

  /** Gauge, seconds since the last ticket came, on either topic. */
  public static final String SILENCE = "tickets.silence";

  /** Gauge, 1 if a server answers this service. Tag {@code component}. */
  public static final String UP = "tickets.component.up";

  /** Gauge, seconds a most urgent ticket may wait, as set; no number if there is no limit. */
  public static final String SLA_LIMIT = "tickets.sla.limit";

  /** Gauge, seconds of silence from which on it is a fault, as set; no number if it never is. */
  public static final String SILENCE_LIMIT = "tickets.silence.limit";

  /** Gauge, connections open on the HTTP port. */
  public static final String CONNECTIONS = "tickets.ingest.connections";

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
    // All that counts begins at 0, so that the first event is seen as an increase.
    Counter.builder(ACCEPTED).register(registry);
    Counter.builder(REPEATED).register(registry);
    Counter.builder(ERASED).register(registry);
    Counter.builder(CORRECTED).register(registry);
    for (Refusal.Reason reason : Refusal.Reason.values()) {
      Counter.builder(REFUSED).tag("reason", name(reason)).register(registry);
    }
    for (Source source : Source.values()) {
      Timer.builder(ANSWERED).tag("source", name(source)).register(registry);
    }
    Timer.builder(PUBLISHED).register(registry);
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

  public void corrected() {
    Counter.builder(CORRECTED).register(registry).increment();
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

  public void ahead(String topic, Supplier<Number> tickets, Supplier<Number> limit) {
    Gauge.builder(AHEAD, tickets).tag("topic", topic).register(registry);
    Gauge.builder(AHEAD_LIMIT, limit).tag("topic", topic).register(registry);
  }

  public void connections(Supplier<Number> open) {
    Gauge.builder(CONNECTIONS, open).register(registry);
  }

  public void lag(String group, Supplier<Number> records) {
    Gauge.builder(LAG, records).tag("group", group).register(registry);
  }

  public void members(String group, Supplier<Number> members) {
    Gauge.builder(MEMBERS, members).tag("group", group).register(registry);
  }

  public void lagAge(String group, Supplier<Number> seconds) {
    Gauge.builder(LAG_AGE, seconds).baseUnit("seconds").tag("group", group).register(registry);
  }

  public void lagOfRetention(String group, Supplier<Number> part) {
    Gauge.builder(LAG_OF_RETENTION, part).tag("group", group).register(registry);
  }

  public void silence(Supplier<Number> seconds) {
    Gauge.builder(SILENCE, seconds).baseUnit("seconds").register(registry);
  }

  public void up(String component, Supplier<Number> up) {
    Gauge.builder(UP, up).tag("component", component).register(registry);
  }

  /** What alerts compare with, so that a limit is set in one place; zero: there is none. */
  public void limits(Duration sla, Duration silence) {
    limit(SLA_LIMIT, sla);
    limit(SILENCE_LIMIT, silence);
  }

  private void limit(String name, Duration limit) {
    double seconds = limit.isZero() ? Double.NaN : limit.toMillis() / 1000.0;
    Gauge.builder(name, () -> seconds).baseUnit("seconds").register(registry);
  }

  private static String name(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
