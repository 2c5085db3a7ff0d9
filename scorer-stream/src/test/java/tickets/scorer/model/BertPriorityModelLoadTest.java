package tickets.scorer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BertPriorityModelLoadTest {

  @TempDir Path directory;
  private Path weights;

  @BeforeEach
  void copy() throws IOException {
    BundledModel.copyTo(directory);
    weights = directory.resolve("model.safetensors");
  }

  private float[][] logits() {
    try (PriorityModel model =
        BertPriorityModel.load(
            directory, ModelManifest.read(directory, Precision.FP32), false, false)) {
      return BundledModel.logits(model, BundledModel.cases());
    }
  }

  private void assertLogitsAsExpected(double tolerance) {
    float[][] logits = logits();
    List<BundledModel.Case> cases = BundledModel.cases();
    for (int i = 0; i < logits.length; i++) {
      assertThat(logits[i])
          .as(cases.get(i).toString())
          .containsExactly(cases.get(i).logits(), within((float) tolerance));
    }
  }

  private void assertRefused(String reason) {
    assertThatThrownBy(() -> TicketScorer.load(directory, Precision.FP32))
        .isInstanceOf(UnusableModel.class)
        .hasMessageContaining(reason);
  }

  private void replaceInConfig(String from, String to) throws IOException {
    Path config = directory.resolve("config.json");
    Files.writeString(config, Files.readString(config).replace(from, to));
  }

  @Test
  void float32WeightsGiveTheSameLogits() throws IOException {
    RewrittenWeights.write(weights, "F32", UnaryOperator.identity());

    assertLogitsAsExpected(2e-3);
  }

  @Test
  void bfloat16WeightsGiveNearlyTheSameLogits() throws IOException {
    RewrittenWeights.write(weights, "BF16", UnaryOperator.identity());

    // The weights themselves are rounded to eight bits here.
    assertLogitsAsExpected(0.15);
  }

  @Test
  void namesWithoutPrefixAndOfTensorFlowAreUnderstood() throws IOException {
    RewrittenWeights.write(
        weights,
        "F16",
        name ->
            name.replace("bert.", "")
                .replace("LayerNorm.weight", "LayerNorm.gamma")
                .replace("LayerNorm.bias", "LayerNorm.beta"));

    assertLogitsAsExpected(2e-3);
  }

  @Test
  void truncatedWeightsAreRefused() throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(weights.toFile(), "rw")) {
      file.setLength(file.length() - 1_000);
    }

    assertRefused("is cut off");
  }

  @Test
  void encoderWithoutAHeadIsRefused() throws IOException {
    RewrittenWeights.write(weights, "F16", name -> name.startsWith("classifier") ? "" : name);

    assertRefused("an encoder without a classification head gives no priorities");
  }

  @Test
  void missingTensorIsNamed() throws IOException {
    RewrittenWeights.write(
        weights, "F16", name -> name.contains("layer.3.output.dense") ? "" : name);

    assertRefused(
        "lacks 2 of the 105 tensors of a BERT classifier, the first being"
            + " encoder.layer.3.output.dense.weight");
  }

  @Test
  void labelCountThatDoesNotMatchIsRefused() throws IOException {
    Files.delete(directory.resolve("priority.json"));
    replaceInConfig("\"3\": \"LABEL_3\"", "\"3\": \"LABEL_3\", \"4\": \"LABEL_4\"");

    assertRefused("its classifier has 4 labels, but config.json names 5");
  }

  @Test
  void sizesThatDoNotMatchAreRefused() throws IOException {
    replaceInConfig("\"intermediate_size\": 1536", "\"intermediate_size\": 3072");

    assertRefused("has the shape [1536, 384], but config.json asks for [3072, 384]");
  }
}
