package tickets.scorer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** bf16 stays close to fp32, packed as a CPU with bf16 units runs it, and plain as a GPU does. */
class BertPriorityModelBf16Test extends PriorityModelContract {
  private static final ModelManifest MANIFEST = BundledModel.manifest(Precision.BF16);

  @Override
  PriorityModel create() {
    assumeTrue(
        Precision.multipliesBf16(Precision.processorFlags()),
        "skipped: this processor has neither avx512_bf16 nor amx_bf16");
    return BertPriorityModel.load(BundledModel.DIRECTORY, MANIFEST, false, false);
  }

  /** In logits; probabilities move by less than half of it. */
  @Override
  double tolerance() {
    return 0.04;
  }

  @Test
  void labelsEqualFp32AndProbabilitiesAreClose() {
    List<BundledModel.Case> cases = BundledModel.cases();
    try (PriorityModel model = create()) {
      float[][] logits = BundledModel.logits(model, cases);
      for (int i = 0; i < logits.length; i++) {
        assertClose(logits[i], cases.get(i).logits(), 0.03, cases.get(i));
      }
    }
  }

  @Test
  void probabilitiesAloneAreThoseInABatch() {
    List<BundledModel.Case> cases = BundledModel.cases();
    try (PriorityModel model = create()) {
      float[][] together = BundledModel.logits(model, cases);
      for (int i = 0; i < together.length; i++) {
        float[] alone = model.logits(TokenBatch.of(List.of(cases.get(i).ids())))[0];
        assertClose(alone, together[i], 0.02, cases.get(i));
      }
    }
  }

  static void assertClose(
      float[] logits, float[] expected, double tolerance, BundledModel.Case text) {
    Scores actual = Scores.of(logits, MANIFEST);
    Scores wanted = Scores.of(expected, MANIFEST);
    assertThat(actual.label()).as(text.toString()).isEqualTo(wanted.label());
    List<Double> probabilities = new ArrayList<>(wanted.probabilities().values());
    assertThat(actual.probabilities().values())
        .zipSatisfy(
            probabilities,
            (a, b) -> assertThat(a).as(text.toString()).isCloseTo(b, within(tolerance)));
  }
}
