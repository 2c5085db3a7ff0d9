package tickets.scorer.model;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How urgent one ticket is.
 *
 * @param label the model's own name for the label that the rule chose, as LABEL_2
 * @param priority its readable name, as high; {@link Decision#REVIEW} if people are to look
 * @param probabilities calibrated probability of each label, in label order; they add up to 1
 * @param decided how the label was chosen
 */
public record Scores(
    String label, String priority, Map<String, Double> probabilities, Decision.Decided decided) {
  public Scores {
    // Not Map.copyOf: that one forgets the order.
    probabilities = Collections.unmodifiableMap(new LinkedHashMap<>(probabilities));
  }

  /**
   * Calibrated probability of the chosen label. Under a decision rule other than argmax it need not
   * be the highest.
   */
  public double score() {
    Double score = probabilities.get(label);
    return score == null ? Double.NaN : score;
  }

  /**
   * Logits to scores: scaling, softmax, then the decision. The logits must be finite, one a label.
   */
  static Scores of(float[] logits, ModelManifest manifest) {
    double[] p = manifest.scaling().probabilities(logits);
    Decision.Decided decided = manifest.decision().decide(p);
    Map<String, Double> byLabel = new LinkedHashMap<>();
    for (int i = 0; i < p.length; i++) {
      byLabel.put(manifest.labels().get(i), p[i]);
    }
    return new Scores(
        manifest.labels().get(decided.label()),
        decided.review() ? Decision.REVIEW : manifest.priorities().get(decided.label()),
        byLabel,
        decided);
  }

  /** Index of the chosen label, in label order. */
  public int chosen() {
    return decided.label();
  }

  static boolean finite(float[] logits) {
    for (float logit : logits) {
      if (!Float.isFinite(logit)) {
        return false;
      }
    }
    return true;
  }
}
