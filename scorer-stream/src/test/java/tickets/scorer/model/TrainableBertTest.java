package tickets.scorer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tickets.scorer.model.TrainableBert.Lesson;
import tickets.scorer.model.TrainableBert.Lora;
import tickets.scorer.model.TrainableBert.Method;
import tickets.scorer.model.TrainableBert.Settings;

class TrainableBertTest {
  private static final List<int[]> TICKETS =
      List.of(
          new int[] {2, 5, 6, 7, 3},
          new int[] {2, 8, 3},
          new int[] {2, 9, 5, 10, 6, 11, 3},
          new int[] {2, 7, 7, 3});
  private static final float[][] TARGETS = {{1, 0, 0}, {0, 1, 0}, {0.1f, 0.1f, 0.8f}, {1, 0, 0}};
  private static final float[] WEIGHTS = {1, 2, 1, 0.5f};

  @TempDir Path directory;
  private Path base;

  @BeforeEach
  void base() throws IOException {
    base =
        TinyBert.classifier(
            directory.resolve("base"), List.of("a", "b", "c", "d", "e", "f", "g"), 3);
  }

  @Test
  void beginsWithWhatTheBaseSays() {
    try (TrainableBert model = open(Method.FULL, 0);
        PriorityModel served = serve(base)) {
      assertClose(model.logits(TICKETS), served.logits(TokenBatch.of(TICKETS)));
    }
  }

  /** Cross entropy by hand; dropout is off. */
  @Test
  void theLossIsTheWeightedMeanSurprise() {
    try (TrainableBert model = open(Method.FULL, 0)) {
      float[][] logits = model.logits(TICKETS);
      double expected = 0;
      double focused = 0;
      for (int i = 0; i < logits.length; i++) {
        double[] p = Scaling.NONE.probabilities(logits[i]);
        double surprise = 0;
        for (int label = 0; label < p.length; label++) {
          surprise -= TARGETS[i][label] * Math.log(p[label]);
        }
        expected += WEIGHTS[i] * surprise / 4.5;
        focused += WEIGHTS[i] * surprise * Math.pow(1 - Math.exp(-surprise), 2) / 4.5;
      }
      assertThat(model.learn(lesson(0, 4), 4.5, 0)).isCloseTo(expected, within(1e-5));
      assertThat(model.learn(lesson(0, 4), 4.5, 2)).isCloseTo(focused, within(1e-5));
    }
  }

  /** The gradient is right if the loss falls by step times its length squared. */
  @ParameterizedTest
  @EnumSource(Method.class)
  void theGradientPointsUphillAsSteeplyAsItSays(Method method) {
    try (TrainableBert model = open(method, 0)) {
      double before = model.learn(lesson(0, 4), 4.5, 0);
      // AdamW's first step goes rate into each direction that has a slope, whatever the slope.
      model.step(1e-3);
      double after = model.learn(lesson(0, 4), 4.5, 0);
      assertThat(after).isLessThan(before);
      for (int i = 0; i < 200; i++) {
        model.step(1e-2);
        after = model.learn(lesson(0, 4), 4.5, 0);
      }
      // The third ticket's target has an entropy of its own: 0.64 nats.
      assertThat(after).isCloseTo(0.639 / 4.5, within(0.02));
    }
  }

  @Test
  void partsAddUpToTheWhole() throws IOException {
    Path whole = directory.resolve("whole");
    Path parts = directory.resolve("parts");
    try (TrainableBert model = open(Method.FULL, 0)) {
      model.learn(lesson(0, 4), 4.5, 0);
      model.step(0.01);
      model.save(whole, false);
    }
    try (TrainableBert model = open(Method.FULL, 0)) {
      model.learn(lesson(0, 2), 4.5, 0);
      model.learn(lesson(2, 4), 4.5, 0);
      model.step(0.01);
      model.save(parts, false);
    }
    assertClose(logits(parts), logits(whole));
  }

  @ParameterizedTest
  @EnumSource(Method.class)
  void whatIsSavedSaysTheSame(Method method) throws IOException {
    Path saved = directory.resolve("saved");
    try (TrainableBert model = open(method, 0.1)) {
      for (int i = 0; i < 5; i++) {
        model.learn(lesson(0, 4), 4.5, 0);
        model.step(0.01);
      }
      model.save(saved, false);
      assertClose(logits(saved), model.logits(TICKETS));
    }
  }

  @Test
  void aLearningThatWasKeptGoesOnTheSame() throws IOException {
    Path kept = directory.resolve("kept");
    float[][] expected;
    try (TrainableBert model = open(Method.LORA, 0.2)) {
      step(model, 3);
      model.checkpoint(kept, true);
      step(model, 3);
      expected = model.logits(TICKETS);
    }
    try (TrainableBert model = open(Method.LORA, 0.2)) {
      model.resume(kept, true);
      step(model, 3);
      assertThat(model.logits(TICKETS)).isDeepEqualTo(expected);
    }
    try (TrainableBert other = open(Method.HEAD, 0.2)) {
      other.resume(kept, true);
    }
    try (TrainableBert other = open(Method.FULL, 0.2)) {
      assertThatThrownBy(() -> other.resume(kept, true))
          .isInstanceOf(UnusableModel.class)
          .hasMessageContaining("checkpoint of another model");
    }
  }

  @Test
  void aGradientThatIsNoNumberIsNoStep() {
    try (TrainableBert model = open(Method.FULL, 0)) {
      float[][] before = model.logits(TICKETS);
      Lesson bad = new Lesson(TICKETS, TARGETS, new float[] {Float.NaN, 1, 1, 1});

      model.learn(bad, 4.5, 0);

      assertThat(model.step(0.01)).isNaN();
      assertThat(model.logits(TICKETS)).isDeepEqualTo(before);
      model.learn(lesson(0, 4), 4.5, 0);
      assertThat(model.step(0.01)).isPositive().isFinite();
    }
  }

  @Test
  void aTargetThatThereIsNotIsNamed() {
    assertThatThrownBy(
            () -> TrainableBert.open(base, 3, true, settings(Method.LORA, 0, List.of("q_proj"))))
        .isInstanceOf(UnusableModel.class)
        .hasMessageContaining("[q_proj]");
  }

  private static void step(TrainableBert model, int times) {
    for (int i = 0; i < times; i++) {
      model.learn(lesson(0, 4), 4.5, 0);
      model.step(0.01);
    }
  }

  private static Lesson lesson(int from, int to) {
    return new Lesson(
        TICKETS.subList(from, to),
        java.util.Arrays.copyOfRange(TARGETS, from, to),
        java.util.Arrays.copyOfRange(WEIGHTS, from, to));
  }

  private TrainableBert open(Method method, double dropout) {
    return TrainableBert.open(
        base, 3, true, settings(method, dropout, List.of("query", "value", "intermediate.dense")));
  }

  private static Settings settings(Method method, double dropout, List<String> targets) {
    return new Settings(method, new Lora(2, 4, targets), dropout, false, 0, 0, 1);
  }

  /** What the service would say with these weights. */
  private float[][] logits(Path weights) throws IOException {
    Path served = Files.createDirectories(directory.resolve("served-" + weights.getFileName()));
    for (String name : List.of("config.json", "vocab.txt", "tokenizer_config.json")) {
      Files.copy(base.resolve(name), served.resolve(name));
    }
    Files.copy(weights, served.resolve("model.safetensors"));
    try (PriorityModel model = serve(served)) {
      return model.logits(TokenBatch.of(TICKETS));
    }
  }

  private static PriorityModel serve(Path directory) {
    return BertPriorityModel.load(
        directory, ModelManifest.read(directory, Precision.FP32), false, false);
  }

  private static void assertClose(float[][] actual, float[][] expected) {
    for (int i = 0; i < expected.length; i++) {
      for (int j = 0; j < expected[i].length; j++) {
        assertThat(actual[i][j]).isCloseTo(expected[i][j], within(1e-4f));
      }
    }
  }
}
