package tickets.ingest.quality;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.r2dbc.spi.ConnectionFactories;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.r2dbc.core.DatabaseClient;

class QualityMetersTest {

  private static final Instant THURSDAY = Instant.parse("2026-11-26T12:00:00Z");

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final QualityMeters meters =
      new QualityMeters(
          new JudgedTickets(
              DatabaseClient.create(
                  ConnectionFactories.get(
                      "r2dbc:postgresql://nobody:nothing@127.0.0.1:1/tickets"))),
          registry,
          Clock.fixed(THURSDAY, ZoneOffset.UTC));

  private static Judged judged(String model, String people, String language, String week, long n) {
    return new Judged(model, "name of " + model, people, "name of " + people, language, week, n);
  }

  private double value(String name, String by, String value) {
    return registry.get(name).tags("by", by, "value", value).gauge().value();
  }

  @Test
  void theyShowWhatWasJudgedByPriorityLanguageAndWeek() {
    meters.show(
        List.of(
            judged("A", "A", "ru", "2026-W48", 8),
            judged("A", "B", "en", "2026-W48", 2),
            judged("B", "B", "ru", "2026-W47", 1),
            judged("", "B", "unknown", "2026-W47", 5)));

    assertThat(value(QualityMeters.JUDGED, "all", "all")).isEqualTo(11);
    assertThat(value(QualityMeters.AGREED, "all", "all")).isEqualTo(9);
    assertThat(value(QualityMeters.JUDGED, "model_said", "name of A")).isEqualTo(10);
    assertThat(value(QualityMeters.AGREED, "model_said", "name of A")).isEqualTo(8);
    assertThat(value(QualityMeters.JUDGED, "people_said", "name of B")).isEqualTo(3);
    assertThat(value(QualityMeters.AGREED, "people_said", "name of B")).isEqualTo(1);
    assertThat(value(QualityMeters.AGREED, "language", "en")).isZero();
    assertThat(value(QualityMeters.JUDGED, "week", "2026-W47")).isEqualTo(1);
  }

  @Test
  void whateverStandsInTheTableTheyAreBounded() {
    List<Judged> many = new ArrayList<>();
    for (int i = 1; i <= 500; i++) {
      many.add(judged("A", "word " + i, "language " + i, "2026-W48", i));
    }
    meters.show(many);

    assertThat(registry.find(QualityMeters.JUDGED).gauges())
        .hasSizeLessThanOrEqualTo(1 + 4 * (QualityMeters.MOST_VALUES + 1));
    assertThat(value(QualityMeters.JUDGED, "people_said", "name of word 500")).isEqualTo(500);
    assertThat(
            registry.find(QualityMeters.JUDGED).tags("by", "language").gauges().stream()
                .mapToDouble(Gauge::value)
                .sum())
        .as("the rest together")
        .isEqualTo(500 * 501 / 2.0);

    meters.show(List.of());
    assertThat(registry.find(QualityMeters.JUDGED).gauges()).hasSize(1);
    assertThat(value(QualityMeters.JUDGED, "all", "all")).isZero();
  }

  @Test
  void whileTheDatabaseIsDownTheyShowNoNumber() {
    meters.show(List.of(judged("A", "A", "ru", "2026-W48", 8)));

    meters.ask().block(Duration.ofSeconds(10));

    assertThat(registry.find(QualityMeters.JUDGED).gauges()).hasSize(1);
    assertThat(value(QualityMeters.JUDGED, "all", "all")).isNaN();
    assertThat(value(QualityMeters.AGREED, "all", "all")).isNaN();
  }

  @Test
  void theyReachBackToTheMondaySevenWeeksAgo() {
    assertThat(meters.since()).isEqualTo(Instant.parse("2026-10-05T00:00:00Z"));
  }
}
