package tickets.sink;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Supplier;

/**
 * The meters of this service. Names and tags are public API.
 *
 * <table>
 * <caption>Each has the tag {@code group}: the consumer group</caption>
 * <tr><td>{@code tickets.sink.batch}</td><td>records a poll brought, and so a write took</td></tr>
 * <tr><td>{@code tickets.sink.write}</td><td>how long that write took</td></tr>
 * <tr><td>{@code tickets.sink.delay}</td><td>from the broker's receipt of a ticket until the store had
 *     what belongs to it</td></tr>
 * <tr><td>{@code tickets.sink.lag.age}</td><td>seconds since the oldest record came that the store has
 *     still to take; 0 while it keeps up</td></tr>
 * <tr><td>{@code tickets.sink.lag.limit}</td><td>how many of these are a fault, as set; no number if
 *     none are</td></tr>
 * <tr><td>{@code tickets.sink.tries.failed}</td><td>writes that will be tried again</td></tr>
 * <tr><td>{@code tickets.sink.unstorable}</td><td>records the store refused for good</td></tr>
 * <tr><td>{@code tickets.sink.unreadable}</td><td>records that are no outcome</td></tr>
 * </table>
 */
final class SinkMeters {

  private final MeterRegistry registry;
  private final String group;
  private final DistributionSummary batch;
  private final Timer write;
  private final Timer delay;
  private final Counter failedTries;
  private final Counter unstorable;
  private final Counter unreadable;

  SinkMeters(MeterRegistry registry, String group) {
    this.registry = registry;
    this.group = group;
    batch =
        DistributionSummary.builder("tickets.sink.batch")
            .description("Records a poll brought, and so a write took")
            .baseUnit("records")
            .tag("group", group)
            .register(registry);
    write =
        Timer.builder("tickets.sink.write")
            .description("How long a batch took to write")
            .tag("group", group)
            .register(registry);
    delay =
        Timer.builder("tickets.sink.delay")
            .description("From the broker's receipt of a ticket until the store had it")
            .tag("group", group)
            .publishPercentileHistogram()
            .minimumExpectedValue(Duration.ofMillis(5))
            .maximumExpectedValue(Duration.ofMinutes(5))
            .register(registry);
    failedTries = counter(registry, group, "tries.failed", "Writes that will be tried again");
    unstorable = counter(registry, group, "unstorable", "Records that the store refused for good");
    unreadable = counter(registry, group, "unreadable", "Records that are no outcome");
  }

  private static Counter counter(
      MeterRegistry registry, String group, String name, String description) {
    return Counter.builder("tickets.sink." + name)
        .description(description)
        .tag("group", group)
        .register(registry);
  }

  void wrote(int records, Duration took) {
    batch.record(records);
    write.record(took);
  }

  void storedAt(Instant now, Instant receivedAt) {
    Duration since = Duration.between(receivedAt, now);
    // Clocks of different machines: not before it was received.
    delay.record(since.isNegative() ? Duration.ZERO : since);
  }

  void lagAge(Supplier<Duration> age) {
    gauge(
        "lag.age",
        "Since the oldest record came that the store has still to take",
        () -> seconds(age.get()));
  }

  void lagLimit(Duration limit) {
    double seconds = limit.isZero() ? Double.NaN : seconds(limit);
    gauge("lag.limit", "The age of a record from which on it is a fault", () -> seconds);
  }

  private void gauge(String name, String description, Supplier<Number> seconds) {
    Gauge.builder("tickets.sink." + name, seconds)
        .description(description)
        .baseUnit("seconds")
        .tag("group", group)
        .register(registry);
  }

  private static double seconds(Duration duration) {
    return duration.toMillis() / 1000.0;
  }

  void failedTry() {
    failedTries.increment();
  }

  void unstorable() {
    unstorable.increment();
  }

  void unreadable() {
    unreadable.increment();
  }
}
