package tickets.scorer.model;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How urgent one ticket is.
 *
 * @param chosen index of the chosen label, in label order
 * @param label the model's own name for it, as LABEL_2
 * @param priority its readable name, as high
 * @param probabilities calibrated probability of each label, in label order; they add up to 1
 */
public record Scores(int chosen, String label, String priority, Map<String, Double> probabilities) {
  public Scores {
    // Not Map.copyOf: that one forgets the order.
    probabilities = Collections.unmodifiableMap(new LinkedHashMap<>(probabilities));
  }

  /**
   * Probability of the chosen label. Under a decision rule other than argmax it need not be the
   * highest.
   */
  public double score() {
    Double score = probabilities.get(label);
    return score == null ? Double.NaN : score;
  }

  /**
   * Logits to scores: divided by the temperature, softmax, then the decision rule. The logits must
   * be finite, one a label.
   */
  static Scores of(float[] logits, ModelManifest manifest) {
    double[] p = softmax(logits, manifest.temperature());
    int chosen = manifest.decision().choose(p);
    Map<String, Double> byLabel = new LinkedHashMap<>();
    for (int i = 0; i < p.length; i++) {
      byLabel.put(manifest.labels().get(i), p[i]);
    }
    return new Scores(
        chosen, manifest.labels().get(chosen), manifest.priorities().get(chosen), byLabel);
  }

  static boolean finite(float[] logits) {
    for (float logit : logits) {
      if (!Float.isFinite(logit)) {
        return false;
      }
    }
    return true;
  }

  static double[] softmax(float[] logits, double temperature) {
    // Shifted by the maximum, so that no exponential overflows.
    double highest = Double.NEGATIVE_INFINITY;
    for (float logit : logits) {
      highest = Math.max(highest, logit);
    }
    double[] p = new double[logits.length];
    double sum = 0;
    for (int i = 0; i < p.length; i++) {
      p[i] = Math.exp((logits[i] - highest) / temperature);
      sum += p[i];
    }
    for (int i = 0; i < p.length; i++) {
      p[i] /= sum;
    }
    return p;
  }
}
