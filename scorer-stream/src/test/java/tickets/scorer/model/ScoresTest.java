package tickets.scorer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class ScoresTest {

  private static ModelManifest manifest(double temperature, DecisionRule rule) {
    return new ModelManifest(
        "m",
        "1",
        "d",
        List.of("LABEL_0", "LABEL_1", "LABEL_2"),
        List.of("low", "high", "critical"),
        "LABEL_2",
        temperature,
        256,
        rule,
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
}
