package tickets.scorer.evaluate;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tickets.scorer.model.Decision;
import tickets.scorer.model.ModelManifest;
import tickets.scorer.model.Precision;
import tickets.scorer.model.Scaling;

/** Rows for tests, and a manifest that goes with them. */
final class JudgedRows {
  private JudgedRows() {}

  /** With these probabilities, and the most probable label chosen. */
  static Judged row(int truth, double... probabilities) {
    return row("ticket", truth, Map.of(), probabilities);
  }

  static Judged row(String text, int truth, Map<String, String> fields, double... probabilities) {
    return Judged.of(
        text, truth, logits(probabilities), Scaling.NONE, Decision.MOST_PROBABLE, fields);
  }

  static float[] logits(double... probabilities) {
    float[] logits = new float[probabilities.length];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) Math.log(probabilities[i]);
    }
    return logits;
  }

  static ModelManifest manifest(List<String> priorities, Decision decision) {
    List<String> labels = new ArrayList<>();
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < priorities.size(); i++) {
      labels.add("LABEL_" + i);
      order.add(i);
    }
    return new ModelManifest(
        "test-model",
        "1.0",
        "0".repeat(64),
        labels,
        priorities,
        order,
        Scaling.NONE,
        256,
        decision,
        Precision.FP32);
  }
}
