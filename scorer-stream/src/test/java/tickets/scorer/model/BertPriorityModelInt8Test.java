package tickets.scorer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tickets.scorer.reading.TextReading;

/** int8 stays close to fp32, and is refused where it would not. */
class BertPriorityModelInt8Test extends PriorityModelContract {
  private static final TextReading OWN_WORDS = new TextReading(List.of(), true);

  private static final ModelManifest MANIFEST = BundledModel.manifest(Precision.INT8);

  @Override
  PriorityModel create() {
    assumeTrue(
        Precision.AUTO.on(Precision.processorFlags()).contains(Precision.INT8),
        "skipped: this processor lacks avx2");
    return load(BundledModel.DIRECTORY);
  }

  private static BertPriorityModel load(Path directory) {
    try (TicketTokenizer tokenizer = TicketTokenizer.load(directory, MANIFEST.maxTokens())) {
      return BertPriorityModel.load(directory, MANIFEST, tokenizer, KeptCalibration.nowhere());
    }
  }

  /** In logits. An activation at the border of two steps may fall to either side beside others. */
  @Override
  double tolerance() {
    return 0.04;
  }

  @Test
  void probabilitiesAreCloseToFp32InTheMean() {
    List<BundledModel.Case> cases = BundledModel.cases();
    try (PriorityModel model = create()) {
      float[][] logits = BundledModel.logits(model, cases);
      float[][] expected = cases.stream().map(BundledModel.Case::logits).toArray(float[][]::new);
      long moved = 0;
      for (int i = 0; i < logits.length; i++) {
        moved +=
            Scores.of(logits[i], MANIFEST).chosen() == Scores.of(expected[i], MANIFEST).chosen()
                ? 0
                : 1;
      }

      assertThat(Calibration.meanChange(expected, logits, MANIFEST.scaling()))
          .isBetween(1e-6, Calibration.MEAN_CHANGE_ALLOWED);
      assertThat(moved).isLessThanOrEqualTo(1);
    }
  }

  @Test
  void probabilitiesAloneAreThoseInABatch() {
    List<BundledModel.Case> cases = BundledModel.cases();
    try (PriorityModel model = create()) {
      float[][] together = BundledModel.logits(model, cases);
      for (int i = 0; i < together.length; i++) {
        float[] alone = model.logits(TokenBatch.of(List.of(cases.get(i).ids())))[0];
        double[] p = MANIFEST.scaling().probabilities(alone);
        assertThat(p)
            .as(cases.get(i).toString())
            .containsExactly(MANIFEST.scaling().probabilities(together[i]), within(0.02));
      }
    }
  }

  @Test
  void modelThatInt8ChangesTooMuchIsRefused() {
    Calibration misleading =
        // A single token says nothing about the ranges that real tickets reach.
        new Calibration(
            List.of(new int[] {5}),
            BundledModel.cases().stream().map(BundledModel.Case::ids).toList());
    try (BertPriorityModel model =
        BertPriorityModel.load(BundledModel.DIRECTORY, MANIFEST, false, false)) {
      assertThatThrownBy(() -> model.quantise(misleading, MANIFEST.scaling()).requireClose())
          .isInstanceOf(UnusableModel.class)
          .hasMessageContaining("set MODEL_PRECISION=auto");
    }
  }

  @Test
  void autoServesInt8WhereItStaysClose() {
    assumeTrue(
        Precision.AUTO.on(Precision.processorFlags()).contains(Precision.INT8),
        "skipped: this processor lacks avx2");
    try (TicketScorer scorer = TicketScorer.load(BundledModel.DIRECTORY, Precision.AUTO)) {
      assertThat(scorer.manifest().precision()).isEqualTo(Precision.INT8);
    }
  }

  @Test
  void directorysOwnTicketsAreTakenAndCountInItsDigest(@TempDir Path directory) throws Exception {
    BundledModel.copyTo(directory);
    String digest = ModelManifest.read(directory, Precision.INT8).digest();
    Path own = directory.resolve(Calibration.FILE);

    String line =
        """
        {"text": "The invoice page does not open\\n-- \\nAnn Lee, Sales, +1 555 0100"}""";
    Files.write(own, Collections.nCopies(20, line));

    assertThat(ModelManifest.read(directory, Precision.INT8).digest()).isNotEqualTo(digest);
    try (TicketTokenizer tokenizer = TicketTokenizer.load(directory, 256)) {
      Calibration read = Calibration.read(directory, OWN_WORDS, tokenizer);
      assertThat(read.fitted()).hasSize(10);
      assertThat(read.checked()).hasSize(10);
      assertThat(read.fitted().get(0))
          .as("what is served: the signature is set aside")
          .isEqualTo(tokenizer.tokens("The invoice page does not open").ids());
    }
  }

  @Test
  void unusableCalibrationIsNamedWithItsLine(@TempDir Path directory) throws Exception {
    Path own = directory.resolve(Calibration.FILE);
    try (TicketTokenizer tokenizer = TicketTokenizer.load(BundledModel.DIRECTORY, 256)) {
      Files.writeString(own, "{\"text\": \"a\"}\n{");
      assertThatThrownBy(() -> Calibration.read(directory, OWN_WORDS, tokenizer))
          .isInstanceOf(UnusableModel.class)
          .hasMessageContaining("is not JSON in line 2");
      Files.writeString(own, "{\"body\": \"a\"}");
      assertThatThrownBy(() -> Calibration.read(directory, OWN_WORDS, tokenizer))
          .hasMessageContaining("a line without a text: 1");
      Files.writeString(own, "{\"text\": \"a\"}");
      assertThatThrownBy(() -> Calibration.read(directory, OWN_WORDS, tokenizer))
          .hasMessageContaining("has 1 texts; int8 needs 16");
    }
  }
}
