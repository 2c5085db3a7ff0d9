package tickets.scorer.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static tickets.scorer.evaluate.JudgedRows.row;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import tickets.scorer.model.Decision;
import tickets.scorer.model.DecisionRule;
import tickets.scorer.model.Scaling;
import tools.jackson.databind.JsonNode;

class EvaluationTest {
  private static final List<String> THREE = List.of("low", "high", "critical");

  /** Four tickets, worked out by hand. */
  private static final List<Judged> FOUR =
      List.of(
          row(0, 0.8, 0.1, 0.1),
          row(0, 0.3, 0.6, 0.1),
          row(1, 0.2, 0.7, 0.1),
          row(2, 0.5, 0.3, 0.2));

  @Test
  void figuresOfFourTicketsAreThoseWorkedOutByHand() {
    Evaluation evaluation = Evaluation.of(FOUR, THREE);

    assertThat(evaluation.n()).isEqualTo(4);
    assertThat(evaluation.accuracy()).isEqualTo(0.5);
    assertThat(evaluation.confusion())
        .containsExactly(List.of(1, 1, 0), List.of(0, 1, 0), List.of(1, 0, 0));
    // low: 1 of 2 chosen, 1 of 2 true; high: 1 of 2 chosen, the 1 true; critical: never chosen.
    assertThat(evaluation.perLabel().get(0).f1()).isEqualTo(0.5);
    assertThat(evaluation.perLabel().get(1).precision()).isEqualTo(0.5);
    assertThat(evaluation.perLabel().get(1).recall()).isEqualTo(1);
    assertThat(evaluation.perLabel().get(2).f1()).isZero();
    assertThat(evaluation.macroF1()).isCloseTo((0.5 + 2.0 / 3 + 0) / 3, within(1e-12));
    assertThat(evaluation.meanAbsoluteError()).isEqualTo((0 + 1 + 0 + 2) / 4.0);
    // Bins: 0.8 right; 0.6 wrong; 0.7 right; 0.5 wrong.
    assertThat(evaluation.ece()).isCloseTo((0.2 + 0.6 + 0.3 + 0.5) / 4, within(1e-6));
    assertThat(evaluation.negativeLogLikelihood())
        .isCloseTo(
            -(Math.log(0.8) + Math.log(0.3) + Math.log(0.7) + Math.log(0.2)) / 4, within(1e-6));
  }

  @Test
  void levelsAreCountedAlongTheUrgency() {
    // Of the three labels, the first is the most urgent here and the second the least.
    Evaluation evaluation = Evaluation.of(List.of(row(0, 0.1, 0.8, 0.1)), THREE, List.of(1, 2, 0));

    assertThat(evaluation.meanAbsoluteError()).isEqualTo(2);
  }

  @Test
  void labelsThatDoNotOccurAreNoneOfMacroF1() {
    Evaluation evaluation =
        Evaluation.of(List.of(row(0, 0.9, 0.05, 0.05), row(1, 0.1, 0.8, 0.1)), THREE);

    assertThat(evaluation.macroF1()).isEqualTo(1);
  }

  @Test
  void figuresAreThoseOfScikitLearn() {
    JsonNode expected = Expected.read();
    Evaluation evaluation = Evaluation.of(Expected.rows(expected), List.of("a", "b", "c", "d"));

    assertThat(evaluation.accuracy()).isCloseTo(number(expected, "accuracy"), within(1e-12));
    assertThat(evaluation.macroF1()).isCloseTo(number(expected, "macro_f1"), within(1e-12));
    assertThat(evaluation.meanAbsoluteError())
        .isCloseTo(number(expected, "mean_absolute_error"), within(1e-12));
    assertThat(evaluation.quadraticKappa())
        .isCloseTo(number(expected, "quadratic_kappa"), within(1e-12));
    assertThat(evaluation.negativeLogLikelihood())
        .isCloseTo(number(expected, "negative_log_likelihood"), within(1e-9));
    assertThat(evaluation.brier()).isCloseTo(number(expected, "brier"), within(1e-9));
    assertThat(evaluation.ece()).isCloseTo(number(expected, "ece"), within(1e-9));
    for (int label = 0; label < 4; label++) {
      Evaluation.LabelScore score = evaluation.perLabel().get(label);
      assertThat(score.support()).isEqualTo(expected.path("support").path(label).intValue());
      assertThat(score.precision()).isCloseTo(number(expected, "precision", label), within(1e-12));
      assertThat(score.recall()).isCloseTo(number(expected, "recall", label), within(1e-12));
      assertThat(score.f1()).isCloseTo(number(expected, "f1", label), within(1e-12));
      assertThat(score.ranking().rocAuc())
          .isCloseTo(number(expected, "roc_auc", label), within(1e-9));
      assertThat(score.ranking().averagePrecision())
          .isCloseTo(number(expected, "average_precision", label), within(1e-9));
    }
  }

  @Test
  void tiesRankAsHalfRight() {
    Ranking ranking = Ranking.of(List.of(row(1, 0.5, 0.5), row(0, 0.5, 0.5)), 1);

    assertThat(ranking.rocAuc()).isEqualTo(0.5);
    assertThat(ranking.averagePrecision()).isEqualTo(0.5);
  }

  @Test
  void whatIsLeftToPeopleIsCountedAndLeftOutOfTheirAccuracy() {
    Decision decision =
        new Decision(
            new DecisionRule.MostProbable(),
            new Decision.Review(0.65, 0, Double.POSITIVE_INFINITY));
    List<Judged> rows = FOUR.stream().map(row -> row.under(Scaling.NONE, decision)).toList();
    Evaluation evaluation = Evaluation.of(rows, THREE);

    assertThat(evaluation.reviewed()).isEqualTo(2);
    assertThat(evaluation.accuracy()).isEqualTo(0.5);
    assertThat(evaluation.accuracyWithoutReviewed()).isEqualTo(1);
  }

  @Test
  void withoutRowsThereIsNothingToJudge() {
    assertThatThrownBy(() -> Evaluation.of(List.of(), THREE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no labelled tickets");
  }

  @Test
  void wilsonsIntervalIsWideForFew() {
    assertThat(Interval.wilson(8, 10).low()).isCloseTo(0.4902, within(1e-4));
    assertThat(Interval.wilson(8, 10).high()).isCloseTo(0.9433, within(1e-4));
    assertThat(Interval.wilson(5, 5).high()).isCloseTo(1, within(1e-12));
  }

  @Property(tries = 200)
  void sharesStayWithinTheirBounds(
      @ForAll @Size(min = 1, max = 40) List<@IntRange(max = 26) Integer> codes) {
    List<Judged> rows = new ArrayList<>();
    for (int code : codes) {
      double[] p = {0.1, 0.1, 0.1};
      p[code / 3 % 3] += 0.7 - 0.1 * (code / 9);
      double sum = IntStream.range(0, 3).mapToDouble(i -> p[i]).sum();
      rows.add(row(code % 3, p[0] / sum, p[1] / sum, p[2] / sum));
    }
    Evaluation evaluation = Evaluation.of(rows, THREE);

    assertThat(evaluation.accuracy()).isBetween(0.0, 1.0);
    assertThat(evaluation.accuracyInterval().low()).isLessThanOrEqualTo(evaluation.accuracy());
    assertThat(evaluation.accuracyInterval().high()).isGreaterThanOrEqualTo(evaluation.accuracy());
    assertThat(evaluation.macroF1()).isBetween(0.0, 1.0);
    assertThat(evaluation.ece()).isBetween(0.0, 1.0);
    assertThat(evaluation.meanAbsoluteError()).isBetween(0.0, 2.0);
    assertThat(evaluation.confusion().stream().flatMap(List::stream).mapToInt(i -> i).sum())
        .isEqualTo(rows.size());
    assertThat(evaluation.reliability().bins().stream().mapToInt(Reliability.Bin::count).sum())
        .isEqualTo(rows.size());
  }

  private static double number(JsonNode json, String name) {
    return json.required(name).doubleValue();
  }

  private static double number(JsonNode json, String name, int index) {
    return json.required(name).required(index).doubleValue();
  }
}
