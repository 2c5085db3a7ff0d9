package tickets.scorer.model;

import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What a GPU runs, bf16 without packing: here on the CPU, on which it is slow and just as right.
 */
class BertPriorityModelPlainTest {

  @Test
  void plainBf16GivesTheLabelsOfFp32() {
    List<BundledModel.Case> shortest =
        BundledModel.cases().stream()
            .sorted(Comparator.comparingInt(one -> one.ids().length))
            .limit(8)
            .toList();
    try (PriorityModel model =
        BertPriorityModel.load(
            BundledModel.DIRECTORY, BundledModel.manifest(Precision.BF16), false, false)) {
      float[][] logits = BundledModel.logits(model, shortest);
      for (int i = 0; i < logits.length; i++) {
        BertPriorityModelBf16Test.assertClose(
            logits[i], shortest.get(i).logits(), 0.03, shortest.get(i));
      }
    }
  }
}
