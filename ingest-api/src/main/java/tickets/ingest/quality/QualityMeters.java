package tickets.ingest.quality;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.time.Clock;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.TemporalAdjusters;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * How often people agree with the model, as metrics: of the running ISO week and the seven before
 * it, asked of PostgreSQL once a minute. Names and tags are public API.
 *
 * <p>Exact, for they are counted from what is stored; a counter in the sink would count a
 * correction again that is read again. Bounded: {@value #MOST_VALUES} values of each kind, the rest
 * together.
 */
@Component
final class QualityMeters implements SmartLifecycle {

  /**
   * Gauge, tickets of which model and people said something. Tags {@code by} (all, model_said,
   * people_said, language, week) and {@code value}: the priority, language or week.
   */
  static final String JUDGED = "tickets.quality.judged";

  /** Gauge, those of {@link #JUDGED} on which they agree. Tags as there. */
  static final String AGREED = "tickets.quality.agreed";

  static final int MOST_VALUES = 20;

  private static final Logger log = LoggerFactory.getLogger(QualityMeters.class);

  private static final Duration PERIOD = Duration.ofMinutes(1);
  private static final int WEEKS = 8;
  private static final String THE_REST = "other";

  private final JudgedTickets judged;
  private final Clock clock;
  private final MultiGauge all;
  private final MultiGauge agreed;
  private @Nullable Disposable asking;

  @Autowired
  QualityMeters(JudgedTickets judged, MeterRegistry registry) {
    this(judged, registry, Clock.systemUTC());
  }

  QualityMeters(JudgedTickets judged, MeterRegistry registry, Clock clock) {
    this.judged = judged;
    this.clock = clock;
    all =
        MultiGauge.builder(JUDGED)
            .description("Tickets of which the model and people said something")
            .register(registry);
    agreed =
        MultiGauge.builder(AGREED)
            .description("Tickets of which the model and people said the same")
            .register(registry);
    showNothing();
  }

  @Override
  public void start() {
    asking =
        Flux.interval(Duration.ZERO, PERIOD)
            .onBackpressureDrop()
            .concatMap(tick -> ask(), 1)
            .subscribe();
  }

  /** Completes when the gauges show what PostgreSQL says, or that it says nothing. */
  Mono<Void> ask() {
    return judged
        .between(since(), clock.instant(), "")
        .doOnNext(this::show)
        .then()
        .onErrorResume(
            error -> {
              log.debug("Agreement with people not known: {}", error.getMessage());
              showNothing();
              return Mono.empty();
            });
  }

  Instant since() {
    return LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC)
        .with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY))
        .minusWeeks(WEEKS - 1)
        .atStartOfDay(ZoneOffset.UTC)
        .toInstant();
  }

  /** No number, and so no alarm: that PostgreSQL is away is an alarm of its own. */
  private void showNothing() {
    all.register(List.of(MultiGauge.Row.of(tags("all", "all"), Double.NaN)), true);
    agreed.register(List.of(MultiGauge.Row.of(tags("all", "all"), Double.NaN)), true);
  }

  void show(List<Judged> counted) {
    List<Judged> scored = counted.stream().filter(Judged::isScored).toList();
    List<MultiGauge.Row<?>> rows = new ArrayList<>();
    List<MultiGauge.Row<?>> agreedRows = new ArrayList<>();
    add(tags("all", "all"), Agreement.Share.of(scored), rows, agreedRows);
    add("model_said", scored, Judged::modelName, rows, agreedRows);
    add("people_said", scored, Judged::peopleLabelName, rows, agreedRows);
    add("language", scored, Judged::language, rows, agreedRows);
    add("week", scored, Judged::week, rows, agreedRows);
    all.register(rows, true);
    agreed.register(agreedRows, true);
  }

  private static void add(
      String by,
      List<Judged> scored,
      Function<Judged, String> key,
      List<MultiGauge.Row<?>> rows,
      List<MultiGauge.Row<?>> agreedRows) {
    Set<String> largest =
        Agreement.Share.by(scored, key).entrySet().stream()
            .sorted(
                Comparator.comparingLong(
                        (Map.Entry<String, Agreement.Share> group) -> group.getValue().n())
                    .reversed())
            .limit(MOST_VALUES)
            .map(Map.Entry::getKey)
            .collect(Collectors.toSet());
    Agreement.Share.by(scored, one -> largest.contains(key.apply(one)) ? key.apply(one) : THE_REST)
        .forEach((value, share) -> add(tags(by, value), share, rows, agreedRows));
  }

  private static void add(
      Tags tags,
      Agreement.Share share,
      List<MultiGauge.Row<?>> rows,
      List<MultiGauge.Row<?>> agreedRows) {
    rows.add(MultiGauge.Row.of(tags, share.n()));
    agreedRows.add(MultiGauge.Row.of(tags, share.agreed()));
  }

  private static Tags tags(String by, String value) {
    return Tags.of("by", by, "value", value);
  }

  @Override
  public void stop() {
    if (asking != null) {
      asking.dispose();
      asking = null;
    }
  }

  @Override
  public boolean isRunning() {
    return asking != null;
  }
}
