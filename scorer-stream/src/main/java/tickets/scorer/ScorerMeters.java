package tickets.scorer;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import tickets.contract.Outcome;
import tickets.contract.Rejection;
import tickets.contract.ScoredTicket;
import tickets.contract.Ticket;
import tickets.scorer.batch.BatchObserver;
import tickets.scorer.model.ScoredBatch;

/**
 * The scorer's meters. Their names are public API: dashboards and alerts use them.
 *
 * <p>They count what was worked out. A batch whose transaction is aborted is worked out again and
 * counted again; exact numbers are in the topics.
 */
final class ScorerMeters implements BatchObserver {

  /** Counter: tickets that got a priority. */
  static final String SCORED = "scorer.tickets.scored";

  /** Counter: tickets that were rejected; tag {@code code}, as in {@link Rejection.Code}. */
  static final String REJECTED = "scorer.tickets.rejected";

  /** Gauge: tickets that were read and wait for their batch. */
  static final String PENDING = "scorer.tickets.pending";

  /** Gauge: seconds since the broker got the oldest of those; 0 if none waits. */
  static final String PENDING_AGE = "scorer.tickets.pending.age";

  /** Counter: tickets of the most urgent priority that were scored too late. */
  static final String SLA_MISSED = "scorer.sla.missed";

  /** Gauge: seconds since the last of these was scored; no number if there was none. */
  static final String SLA_SINCE_MISSED = "scorer.sla.since.missed";

  /** Gauge: seconds for which others published and this one did not; tag {@code source}. */
  static final String SOURCE_SILENCE = "scorer.source.silence";

  /** Summary: tickets of a batch; tag {@code trigger}: full or age. */
  static final String BATCH_SIZE = "scorer.batch.tickets";

  /** Summary: how much of a full batch a batch was, 0 to 1, by tickets or tokens. */
  static final String BATCH_FILL = "scorer.batch.fill";

  /** Counter: tokens of tickets. */
  static final String TOKENS = "scorer.tokens";

  /** Counter: tokens that the model worked through only because a pass has a rectangle's shape. */
  static final String PADDING = "scorer.tokens.padding";

  /** Timer, once a batch; tag {@code stage}: batch (waiting), tokenising, inference. */
  static final String STAGE = "scorer.stage";

  /** Timer, once a ticket: from the broker's receipt to its outcome. */
  static final String AGE = "scorer.ticket.age";

  /** Counter: restarts of the stream after a failure. */
  static final String RESTARTS = "scorer.restarts";

  /** Counter: commands to use another model; tag {@code outcome}: switched or refused. */
  static final String MODEL_COMMANDS = "scorer.model.commands";

  /** Gauge: number of the newest command that is known; 0 if there was none. */
  static final String MODEL_EPOCH = "scorer.model.epoch";

  private final MeterRegistry registry;
  private final Counter modelSwitched;
  private final Counter modelRefused;
  private final Counter scored;
  private final Map<Rejection.Code, Counter> rejected = new EnumMap<>(Rejection.Code.class);
  private final AtomicInteger pending = new AtomicInteger();
  private final Map<TopicPartition, Instant> oldestPending = new ConcurrentHashMap<>();
  private final ServiceLevel promised;
  private final InstantSource clock;
  private final Counter slaMissed;
  private volatile @Nullable Instant lastMissed;
  private final TicketSources sources;
  private final Map<Trigger, DistributionSummary> batchSize = new EnumMap<>(Trigger.class);
  private final DistributionSummary batchFill;
  private final Counter tokens;
  private final Counter padding;
  private final Timer waiting;
  private final Timer tokenising;
  private final Timer inference;
  private final Timer age;
  private final Counter restarts;

  ScorerMeters(MeterRegistry registry, ServiceLevel promised, InstantSource clock) {
    this.registry = registry;
    this.promised = promised;
    this.clock = clock;
    modelSwitched = modelCommands(registry, "switched");
    modelRefused = modelCommands(registry, "refused");
    slaMissed =
        Counter.builder(SLA_MISSED)
            .description("Tickets of the most urgent priority that were scored too late")
            .register(registry);
    Gauge.builder(SLA_SINCE_MISSED, this::sinceMissed)
        .description("Since the last ticket of the most urgent priority that was scored too late")
        .baseUnit("seconds")
        .register(registry);
    sources = new TicketSources(registry);
    Gauge.builder(PENDING_AGE, () -> pendingAge(clock.instant()).toMillis() / 1000.0)
        .description("Since the broker got the oldest ticket that waits for its batch")
        .baseUnit("seconds")
        .register(registry);
    scored = Counter.builder(SCORED).description("Tickets with a priority").register(registry);
    for (Rejection.Code code : Rejection.Code.values()) {
      rejected.put(
          code,
          Counter.builder(REJECTED)
              .description("Tickets that were rejected")
              .tag("code", code.name())
              .register(registry));
    }
    Gauge.builder(PENDING, pending, AtomicInteger::get)
        .description("Tickets that wait for their batch")
        .register(registry);
    for (Trigger trigger : Trigger.values()) {
      batchSize.put(
          trigger,
          DistributionSummary.builder(BATCH_SIZE)
              .description("Tickets of a batch")
              .tag("trigger", trigger.name().toLowerCase(Locale.ROOT))
              .register(registry));
    }
    batchFill =
        DistributionSummary.builder(BATCH_FILL)
            .description("How much of a full batch a batch was, 0 to 1")
            .register(registry);
    tokens = Counter.builder(TOKENS).description("Tokens of tickets").register(registry);
    padding = Counter.builder(PADDING).description("Tokens of padding").register(registry);
    waiting = stage(registry, "batch");
    tokenising = stage(registry, "tokenising");
    inference = stage(registry, "inference");
    age =
        Timer.builder(AGE)
            .description("From the broker's receipt of a ticket to its outcome")
            .publishPercentileHistogram()
            .minimumExpectedValue(Duration.ofMillis(1))
            .maximumExpectedValue(Duration.ofMinutes(1))
            .register(registry);
    restarts =
        Counter.builder(RESTARTS)
            .description("Restarts of the stream after a failure")
            .register(registry);
  }

  private static Counter modelCommands(MeterRegistry registry, String outcome) {
    return Counter.builder(MODEL_COMMANDS)
        .description("Commands to use another model")
        .tag("outcome", outcome)
        .register(registry);
  }

  private static Timer stage(MeterRegistry registry, String stage) {
    return Timer.builder(STAGE)
        .description("Time of a batch in a stage")
        .tag("stage", stage)
        .publishPercentileHistogram()
        .minimumExpectedValue(Duration.ofMillis(1))
        .maximumExpectedValue(Duration.ofSeconds(10))
        .register(registry);
  }

  @Override
  public void scored(ScoredBatch batch, double fill, Trigger trigger, Duration waited) {
    requireNonNull(batchSize.get(trigger)).record(batch.verdicts().size());
    batchFill.record(fill);
    tokens.increment(batch.tokens());
    // Less than none where texts occur twice: the engine works through them once.
    padding.increment(Math.max(0, batch.paddedTokens() - batch.tokens()));
    waiting.record(waited);
    tokenising.record(batch.tokenising());
    inference.record(batch.inference());
  }

  @Override
  public void decided(List<Outcome> outcomes) {
    for (Outcome outcome : outcomes) {
      if (outcome instanceof ScoredTicket) {
        scored.increment();
        recordAge(outcome);
      } else {
        rejected((Rejection) outcome);
      }
    }
    int missed = promised.missedBy(outcomes);
    if (missed > 0) {
      slaMissed.increment(missed);
      lastMissed = clock.instant();
    }
  }

  @Override
  public void pendingChangedBy(int tickets) {
    pending.addAndGet(tickets);
  }

  @Override
  public void oldestPending(String topic, int partition, @Nullable Instant receivedAt) {
    TopicPartition of = new TopicPartition(topic, partition);
    if (receivedAt == null) {
      oldestPending.remove(of);
    } else {
      oldestPending.put(of, receivedAt);
    }
  }

  private Duration pendingAge(Instant now) {
    return oldestPending.values().stream()
        .map(receivedAt -> Duration.between(receivedAt, now))
        .max(Comparator.naturalOrder())
        .orElse(Duration.ZERO);
  }

  private double sinceMissed() {
    Instant last = lastMissed;
    return last == null ? Double.NaN : Duration.between(last, clock.instant()).toMillis() / 1000.0;
  }

  void published(Ticket ticket, Instant receivedAt) {
    sources.published(ticket.source(), receivedAt);
  }

  void rejected(Rejection rejection) {
    requireNonNull(rejected.get(rejection.code())).increment();
    recordAge(rejection);
  }

  void modelSwitched() {
    modelSwitched.increment();
  }

  void modelRefused() {
    modelRefused.increment();
  }

  /** Shows the number of the newest command that is known. */
  void modelEpoch(LongSupplier epoch) {
    Gauge.builder(MODEL_EPOCH, epoch, LongSupplier::getAsLong)
        .description("Number of the newest command to use a model")
        .register(registry);
  }

  void restarted() {
    restarts.increment();
  }

  /** Clocks of two machines differ: an outcome may seem to precede its receipt. */
  private void recordAge(Outcome outcome) {
    Duration between = Duration.between(outcome.receivedAt(), outcome.decidedAt());
    age.record(between.isNegative() ? Duration.ZERO : between);
  }
}
