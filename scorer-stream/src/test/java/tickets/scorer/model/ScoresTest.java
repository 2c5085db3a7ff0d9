package tickets.scorer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class ScoresTest {

  private static ModelManifest manifest(double temperature, DecisionRule rule) {
    return manifest(temperature, new Decision(rule, null));
  }

  private static ModelManifest manifest(double temperature, Decision decision) {
    return new ModelManifest(
        "m",
        "1",
        "d",
        List.of("LABEL_0", "LABEL_1", "LABEL_2"),
        List.of("low", "high", "critical"),
        List.of(0, 1, 2),
        Scaling.ofTemperature(temperature),
        256,
        decision,
        Precision.FP32);
  }

  private static final DecisionRule ARGMAX = new DecisionRule.MostProbable();

  @Test
  void probabilitiesAreTheSoftmaxInLabelOrder() {
    Scores scores =
        Scores.of(new float[] {0, (float) Math.log(2), (float) Math.log(5)}, manifest(1, ARGMAX));

    assertThat(scores.probabilities().keySet()).containsExactly("LABEL_0", "LABEL_1", "LABEL_2");
    assertThat(scores.probabilities().get("LABEL_0")).isCloseTo(0.125, within(1e-6));
    assertThat(scores.probabilities().get("LABEL_1")).isCloseTo(0.25, within(1e-6));
    assertThat(scores.score()).isCloseTo(0.625, within(1e-6));
    assertThat(scores.chosen()).isEqualTo(2);
    assertThat(scores.label()).isEqualTo("LABEL_2");
    assertThat(scores.priority()).isEqualTo("critical");
  }

  @Test
  void temperatureFlattens() {
    Scores scores = Scores.of(new float[] {0, 0, (float) Math.log(9)}, manifest(2, ARGMAX));

    assertThat(scores.score()).isCloseTo(0.6, within(1e-6));
  }

  @Test
  void hugeLogitsDoNotOverflow() {
    Scores scores = Scores.of(new float[] {3e38f, -3e38f, 3e38f}, manifest(1, ARGMAX));

    assertThat(scores.probabilities().values()).containsExactly(0.5, 0.0, 0.5);
    assertThat(scores.chosen()).isZero();
  }

  @Test
  void firstThresholdThatIsReachedDecides() {
    DecisionRule rule =
        new DecisionRule.Thresholds(
            List.of(new DecisionRule.Threshold(2, 0.2), new DecisionRule.Threshold(1, 0.2)));

    assertThat(rule.choose(new double[] {0.5, 0.25, 0.25})).isEqualTo(2);
    assertThat(rule.choose(new double[] {0.6, 0.3, 0.1})).isEqualTo(1);
    assertThat(rule.choose(new double[] {0.8, 0.1, 0.1})).isZero();
  }

  @Test
  void scoreIsTheChosenLabelsEvenIfNotTheHighest() {
    DecisionRule rule = new DecisionRule.Thresholds(List.of(new DecisionRule.Threshold(1, 0.2)));
    Scores scores =
        Scores.of(
            new float[] {(float) Math.log(5), (float) Math.log(3), (float) Math.log(2)},
            manifest(1, rule));

    assertThat(scores.priority()).isEqualTo("high");
    assertThat(scores.score()).isCloseTo(0.3, within(1e-6));
  }

  @Test
  void leastExpectedCostDecides() {
    // To call a critical ticket low costs 20, the other way round 1.
    DecisionRule rule =
        new DecisionRule.LeastCost(
            List.of(List.of(0.0, 1.0, 1.0), List.of(5.0, 0.0, 1.0), List.of(20.0, 5.0, 0.0)));

    assertThat(rule.choose(new double[] {0.9, 0.0, 0.1})).isEqualTo(2);
    assertThat(rule.choose(new double[] {0.99, 0.0, 0.01})).isZero();
  }

  /** The replaced service's one threshold: 0.70 on LABEL_1 of a binary model. */
  @Test
  void oldThresholdOfABinaryModelIsOneLine() {
    DecisionRule rule = new DecisionRule.Thresholds(List.of(new DecisionRule.Threshold(1, 0.70)));

    assertThat(rule.choose(new double[] {0.30, 0.70})).isEqualTo(1);
    assertThat(rule.choose(new double[] {0.31, 0.69})).isZero();
    assertThat(rule.decide(new double[] {0.40, 0.60}).margin()).isCloseTo(0.10, within(1e-9));
    assertThat(rule.decide(new double[] {0.05, 0.95}).margin()).isCloseTo(0.25, within(1e-9));
  }

  @Test
  void labelBelowItsThresholdIsNotChosen() {
    DecisionRule rule = new DecisionRule.Thresholds(List.of(new DecisionRule.Threshold(2, 0.6)));

    assertThat(rule.choose(new double[] {0.2, 0.3, 0.5})).isEqualTo(1);
    DecisionRule all =
        new DecisionRule.Thresholds(
            List.of(
                new DecisionRule.Threshold(2, 0.6),
                new DecisionRule.Threshold(1, 0.6),
                new DecisionRule.Threshold(0, 0.6)));
    assertThat(all.choose(new double[] {0.2, 0.3, 0.5})).as("none is left").isEqualTo(2);
    assertThat(all.decide(new double[] {0.2, 0.3, 0.5}).margin()).isCloseTo(0.1, within(1e-9));
  }

  @Test
  void marginOfTheMostProbableIsItsLead() {
    DecisionRule.Choice choice = ARGMAX.decide(new double[] {0.25, 0.6, 0.15});

    assertThat(choice.label()).isEqualTo(1);
    assertThat(choice.margin()).isCloseTo(0.35, within(1e-9));
    assertThat(choice.expectedCost()).isNull();
  }

  @Test
  void marginOfCostsIsWhatTheNextBestWouldCostMore() {
    DecisionRule rule = new DecisionRule.LeastCost(List.of(List.of(0.0, 1.0), List.of(20.0, 0.0)));
    DecisionRule.Choice choice = rule.decide(new double[] {0.9, 0.1});

    // Calling it low costs 0.1 x 20, calling it critical 0.9 x 1.
    assertThat(choice.label()).isEqualTo(1);
    assertThat(choice.expectedCost()).isCloseTo(0.9, within(1e-9));
    assertThat(choice.margin()).isCloseTo(1.1, within(1e-9));
  }

  @Test
  void withinTheBandPeopleAreToLookAndTheLabelStaysTheModels() {
    Decision.Review band = new Decision.Review(0.7, 0.1, Double.POSITIVE_INFINITY);
    ModelManifest manifest = manifest(1, new Decision(new DecisionRule.MostProbable(), band));

    Scores unsure =
        Scores.of(
            new float[] {(float) Math.log(2), (float) Math.log(6), (float) Math.log(2)}, manifest);
    assertThat(unsure.priority()).isEqualTo("review");
    assertThat(unsure.label()).isEqualTo("LABEL_1");
    assertThat(unsure.score()).isCloseTo(0.6, within(1e-6));
    assertThat(unsure.decided().review()).isTrue();

    Scores sure =
        Scores.of(
            new float[] {(float) Math.log(1), (float) Math.log(8), (float) Math.log(1)}, manifest);
    assertThat(sure.priority()).isEqualTo("high");
    assertThat(sure.decided().review()).isFalse();
  }

  @Test
  void peopleAreAskedWhereTheirLookCostsLess() {
    DecisionRule rule = new DecisionRule.LeastCost(List.of(List.of(0.0, 1.0), List.of(20.0, 0.0)));
    Decision decision = new Decision(rule, new Decision.Review(0, 0, 0.5));

    assertThat(decision.decide(new double[] {0.9, 0.1}).review()).as("0.9 expected").isTrue();
    assertThat(decision.decide(new double[] {0.3, 0.7}).review()).as("0.3 expected").isFalse();
  }

  @Test
  void scalesAndBiasesOfLabelsComeBeforeTheTemperature() {
    Scaling scaling = new Scaling(2, List.of(1.0, 2.0), List.of(0.0, 1.0));

    // (2 x 0.5 + 1) / 2 = 1 against 0.
    assertThat(scaling.probabilities(new float[] {0, 0.5f})[1])
        .isCloseTo(1 / (1 + Math.exp(-1)), within(1e-9));
  }
}
