package tickets.scorer.model;

import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What a GPU runs, one ticket's tokens after another's and weights not packed: here on the CPU, on
 * which it is slow and just as right. All that a GPU adds is its own attention kernel.
 */
class BertPriorityModelUnpaddedTest extends BertPriorityModelFp32Test {

  @Override
  PriorityModel create() {
    return BertPriorityModel.load(
        BundledModel.DIRECTORY, BundledModel.manifest(Precision.FP32), false, true);
  }

  @Test
  void bf16GivesTheLabelsOfFp32() {
    List<BundledModel.Case> shortest =
        BundledModel.cases().stream()
            .sorted(Comparator.comparingInt(one -> one.ids().length))
            .limit(8)
            .toList();
    try (PriorityModel model =
        BertPriorityModel.load(
            BundledModel.DIRECTORY, BundledModel.manifest(Precision.BF16), false, true)) {
      float[][] logits = BundledModel.logits(model, shortest);
      for (int i = 0; i < logits.length; i++) {
        BertPriorityModelBf16Test.assertClose(
            logits[i], shortest.get(i).logits(), 0.03, shortest.get(i));
      }
    }
  }
}
