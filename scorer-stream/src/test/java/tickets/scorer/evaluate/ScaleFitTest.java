package tickets.scorer.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static tickets.scorer.evaluate.JudgedRows.logits;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;
import tickets.scorer.model.Scaling;
import tools.jackson.databind.JsonNode;

class ScaleFitTest {

  /**
   * A model that always says 0.9 and is right in 3 of 4: the best temperature makes 0.75 of it, so
   * that the odds of 9 become those of 3.
   */
  @Test
  void temperatureIsTheOneWorkedOutByHand() {
    List<float[]> logits = new ArrayList<>();
    int[] truths = new int[8];
    for (int i = 0; i < 8; i++) {
      logits.add(logits(0.9, 0.1));
      truths[i] = i % 4 == 0 ? 1 : 0;
    }
    ScaleFit fit = ScaleFit.of(logits, truths);

    assertThat(fit.chosen().temperature()).isCloseTo(Math.log(9) / Math.log(3), within(1e-4));
    assertThat(fit.chosen().probabilities(logits(0.9, 0.1))[0]).isCloseTo(0.75, within(1e-4));
    assertThat(fit.before())
        .isCloseTo(-(0.75 * Math.log(0.9) + 0.25 * Math.log(0.1)), within(1e-6));
    assertThat(fit.after())
        .isCloseTo(-(0.75 * Math.log(0.75) + 0.25 * Math.log(0.25)), within(1e-6));
  }

  @Test
  void numbersAreThoseOfScipy() {
    JsonNode expected = Expected.read();
    ScaleFit fit = ScaleFit.of(Expected.logits(expected), Expected.truths(expected));

    assertThat(fit.withTemperature())
        .isCloseTo(
            expected.required("negative_log_likelihood_with_temperature").doubleValue(),
            within(1e-9));
    assertThat(fit.chosen().temperature())
        .isCloseTo(expected.required("temperature").doubleValue(), within(1e-4));
    assertThat(fit.chosen().perLabel()).as(fit.reason()).isTrue();
    for (int label = 0; label < 4; label++) {
      assertThat(fit.chosen().scale().get(label))
          .isCloseTo(expected.required("scale").path(label).doubleValue(), within(1e-3));
      assertThat(fit.chosen().bias().get(label))
          .isCloseTo(expected.required("bias").path(label).doubleValue(), within(1e-3));
    }
  }

  @Test
  void ticketsThatAreAllRightLeaveTheModelAsItIs() {
    List<float[]> logits = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      logits.add(logits(0.8, 0.2));
    }
    ScaleFit fit = ScaleFit.of(logits, new int[40]);

    assertThat(fit.chosen()).isEqualTo(Scaling.NONE);
    assertThat(fit.reason()).contains("nearly every answer is right");
  }

  @Test
  void fewTicketsOfALabelGetATemperatureOnly() {
    List<float[]> logits = new ArrayList<>();
    int[] truths = new int[40];
    for (int i = 0; i < 40; i++) {
      logits.add(logits(0.98, 0.02));
      truths[i] = i % 8 == 0 ? 1 : 0;
    }
    ScaleFit fit = ScaleFit.of(logits, truths);

    assertThat(fit.chosen().perLabel()).isFalse();
    assertThat(fit.chosen().temperature()).isGreaterThan(1);
    assertThat(fit.reason()).contains("from 10 tickets of each label on");
  }

  @Test
  void logitsBeyondMeasureAreBorne() {
    List<float[]> logits = new ArrayList<>();
    int[] truths = new int[60];
    for (int i = 0; i < 60; i++) {
      logits.add(new float[] {i % 2 == 0 ? 3e38f : -3e38f, 0});
      truths[i] = i % 3 == 0 ? 1 : 0;
    }
    ScaleFit fit = ScaleFit.of(logits, truths);

    assertThat(fit.after()).isLessThanOrEqualTo(fit.before());
    assertThat(fit.chosen().temperature()).isPositive().isFinite();
  }

  @Test
  void labelsMustGoWithTheLogits() {
    assertThatThrownBy(() -> ScaleFit.of(List.of(logits(0.5, 0.5)), new int[] {2}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no label 2");
    assertThatThrownBy(() -> ScaleFit.of(List.of(), new int[0]))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Property(tries = 40)
  void whatIsChosenIsNeverWorseThanNothing(
      @ForAll long seed,
      @ForAll @DoubleRange(min = 0.1, max = 8) double sureness,
      @ForAll @DoubleRange(min = -4, max = 4) double bias) {
    Random random = new Random(seed);
    List<float[]> logits = new ArrayList<>();
    int[] truths = new int[90];
    for (int i = 0; i < truths.length; i++) {
      truths[i] = random.nextInt(3);
      float[] row = new float[3];
      for (int label = 0; label < 3; label++) {
        double evidence = random.nextGaussian() + (label == truths[i] ? 1 : 0);
        row[label] = (float) (sureness * evidence + (label == 0 ? bias : 0));
      }
      logits.add(row);
    }
    ScaleFit fit = ScaleFit.of(logits, truths);

    assertThat(fit.after()).isLessThanOrEqualTo(fit.before());
    for (float[] row : logits) {
      double sum = 0;
      for (double p : fit.chosen().probabilities(row)) {
        assertThat(p).isBetween(0.0, 1.0);
        sum += p;
      }
      assertThat(sum).isCloseTo(1, within(1e-9));
    }
  }
}
