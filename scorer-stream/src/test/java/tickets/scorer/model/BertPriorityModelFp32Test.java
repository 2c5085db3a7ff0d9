package tickets.scorer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class BertPriorityModelFp32Test extends PriorityModelContract {
  @Override
  PriorityModel create() {
    return BertPriorityModel.load(
        BundledModel.DIRECTORY, BundledModel.manifest(Precision.FP32), false, false);
  }

  @Override
  double tolerance() {
    return 1e-4;
  }

  @Test
  void logitsEqualHuggingFaceTransformers() {
    List<BundledModel.Case> cases = BundledModel.cases();
    try (PriorityModel model = create()) {
      float[][] logits = BundledModel.logits(model, cases);

      for (int i = 0; i < logits.length; i++) {
        assertThat(logits[i])
            .as(cases.get(i).toString())
            .containsExactly(cases.get(i).logits(), within(2e-3f));
      }
    }
  }

  @Test
  void unknownTokenFails() {
    try (PriorityModel model = create()) {
      assertThatThrownBy(() -> model.logits(TokenBatch.of(List.of(new int[] {2, 37_158, 3}))))
          .isInstanceOf(ModelFailure.class)
          .hasMessageContaining("37158");
    }
  }
}
