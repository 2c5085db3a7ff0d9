package tickets.scorer.model;

import java.util.List;

/**
 * From logits to probabilities that can be trusted: {@code p = softmax((scale · logit + bias) /
 * temperature)}, scale and bias being one number a label. It is fitted on tickets that the model
 * did not learn from, and never changes what a model knows: only how sure it says it is.
 *
 * @param temperature above 0; above 1 makes less sure of everything
 * @param scale one factor above 0 a label, or none: then every label has 1
 * @param bias one summand a label, or none: then every label has 0
 */
public record Scaling(double temperature, List<Double> scale, List<Double> bias) {

  /** The model's own probabilities. */
  public static final Scaling NONE = ofTemperature(1);

  public Scaling {
    scale = List.copyOf(scale);
    bias = List.copyOf(bias);
    if (!(temperature > 0) || !Double.isFinite(temperature)) {
      throw new IllegalArgumentException("temperature must be a number above 0.");
    }
    if (scale.size() != bias.size()) {
      throw new IllegalArgumentException("scale and bias must have the same length.");
    }
    if (!scale.stream().allMatch(factor -> factor > 0 && Double.isFinite(factor))
        || !bias.stream().allMatch(Double::isFinite)) {
      throw new IllegalArgumentException(
          "each scale must be a number above 0, and each bias a number.");
    }
  }

  public static Scaling ofTemperature(double temperature) {
    return new Scaling(temperature, List.of(), List.of());
  }

  /** Whether labels are scaled each in its own way. */
  public boolean perLabel() {
    return !scale.isEmpty();
  }

  /**
   * Probability of each label, in label order; they add up to 1.
   *
   * @param logits finite, one a label
   */
  public double[] probabilities(float[] logits) {
    double[] p = new double[logits.length];
    double highest = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < p.length; i++) {
      p[i] = perLabel() ? scale.get(i) * logits[i] + bias.get(i) : logits[i];
      highest = Math.max(highest, p[i]);
    }
    double sum = 0;
    for (int i = 0; i < p.length; i++) {
      // Shifted by the maximum, so that no exponential overflows.
      p[i] = Math.exp((p[i] - highest) / temperature);
      sum += p[i];
    }
    for (int i = 0; i < p.length; i++) {
      p[i] /= sum;
    }
    return p;
  }
}
