package tickets.scorer.evaluate;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tickets.scorer.evaluate.TwiceScored.Answer;
import tickets.scorer.model.Decision;

class ComparisonTest {
  private static final List<String> FOUR = List.of("low", "medium", "high", "critical");

  private static Comparison.Side side(List<String> priorities) {
    return new Comparison.Side(JudgedRows.manifest(priorities, Decision.MOST_PROBABLE), 100, null);
  }

  private static TwiceScored row(String a, String b, double sure, @Nullable String label) {
    return new TwiceScored(
        "id", a + b + sure, label, answer(a, 0.5, label), answer(b, sure, label));
  }

  private static Answer answer(String priority, double sure, @Nullable String label) {
    return new Answer(
        priority,
        priority,
        FOUR.indexOf(priority),
        sure,
        label == null ? null : label.equals(priority));
  }

  @Test
  void movesAreCountedAndTheBiggestComeFirst() {
    Comparison comparison =
        Comparison.of(
            side(FOUR),
            side(FOUR),
            "by hand",
            List.of(),
            List.of(
                row("low", "low", 0.9, null),
                row("low", "medium", 0.9, "medium"),
                row("low", "medium", 0.6, "low"),
                row("critical", "low", 0.7, "critical"),
                row("high", "critical", 0.8, null)));

    assertThat(comparison.moved()).isEqualTo(4);
    assertThat(comparison.up()).isEqualTo(3);
    assertThat(comparison.down()).isEqualTo(1);
    assertThat(comparison.moves().get(0)).isEqualTo(new Comparison.Move("low", "medium", 2));
    assertThat(comparison.biggest())
        .extracting(row -> row.b().probability())
        .containsExactly(0.7, 0.9, 0.8, 0.6);
    assertThat(comparison.matrix().get(0)).containsExactly(1, 2, 0, 0);
    assertThat(comparison.verdict()).isEqualTo(new Comparison.Verdict(3, 0, 2, 1, 0, 1));
  }

  @Test
  void otherPrioritiesAreNamedAndNotRanked() {
    Comparison comparison =
        Comparison.of(
            side(List.of("low", "critical")),
            side(List.of("normal", "critical")),
            "by hand",
            List.of(),
            List.of(
                new TwiceScored(
                    "1",
                    "t",
                    null,
                    new Answer("low", "low", 0, 0.9, null),
                    new Answer("normal", "normal", 0, 0.9, null)),
                new TwiceScored(
                    "2",
                    "t",
                    null,
                    new Answer("critical", "critical", 1, 0.9, null),
                    new Answer(Decision.REVIEW, "critical", 1, 0.4, null))));

    assertThat(comparison.sameLevels()).isFalse();
    assertThat(comparison.priorities()).containsExactly("low", "critical", "normal", "review");
    assertThat(comparison.moved()).isEqualTo(2);
    assertThat(comparison.verdict()).isNull();
    assertThat(comparison.toReview()).isEqualTo(1);
    assertThat(ComparisonJson.of(comparison).has("more_urgent")).isFalse();
    assertThat(ComparisonTable.of(comparison))
        .contains(
            "No labels of people say who is right",
            "review, else critical",
            "people would look at +1");
  }

  @Test
  void labelsThatOnlyOneModelKnowsAreToldOf() {
    Comparison comparison =
        Comparison.of(
            side(List.of("low", "critical")),
            side(List.of("normal", "urgent")),
            "by hand",
            List.of(),
            List.of(
                new TwiceScored(
                    "1",
                    "t",
                    "critical",
                    new Answer("critical", "critical", 1, 0.9, true),
                    new Answer("urgent", "urgent", 1, 0.9, null))));

    assertThat(comparison.verdict()).isNull();
    assertThat(ComparisonTable.of(comparison))
        .contains("People have labelled 1 of these tickets, but with none that both models know");
  }

  @Test
  void chanceIsThatOfFairTosses() {
    // All of five heads or all tails: 2 of 32.
    assertThat(Comparison.Verdict.chance(0, 5)).isCloseTo(2.0 / 32, within(1e-12));
    // At most one of eight: 2 (1 + 8) of 256.
    assertThat(Comparison.Verdict.chance(7, 1)).isCloseTo(18.0 / 256, within(1e-12));
    assertThat(Comparison.Verdict.chance(3, 3)).isEqualTo(1);
    assertThat(Comparison.Verdict.chance(0, 0)).isEqualTo(1);
    assertThat(Comparison.Verdict.chance(40_000, 41_000)).isBetween(0.0, 0.01);
  }

  @Test
  void allReportsOfItCanBeMade() {
    Comparison comparison =
        Comparison.of(
            side(FOUR),
            side(FOUR),
            "<by hand>",
            List.of("a note"),
            List.of(row("low", "critical", 0.9, "critical")));

    assertThat(ComparisonReport.html(comparison))
        .contains("&lt;by hand&gt;", "Only B is right", "low", "a note");
    assertThat(requireNonNull(comparison.verdict()).onlyB()).isEqualTo(1);
    assertThat(ComparisonJson.of(comparison).path("moved_share").doubleValue()).isEqualTo(1);
  }
}
