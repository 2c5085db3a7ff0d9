package tickets.scorer.evaluate;

import java.util.ArrayList;
import java.util.List;

/**
 * Whether a model that says 0.8 is right in 8 of 10. Looked at is the most probable label, whatever
 * a decision rule makes of it.
 *
 * @param error expected calibration error: the distance between confidence and accuracy, bin by
 *     bin, weighted with the tickets in them
 * @param bins of equal width from 0 to 1; a bin holds its upper end
 */
public record Reliability(double error, List<Bin> bins) {

  /** As in Guo et al., On Calibration of Modern Neural Networks. */
  public static final int BINS = 15;

  public Reliability {
    bins = List.copyOf(bins);
  }

  /**
   * @param confidence in the mean; NaN without tickets
   * @param accuracy share that is right; NaN without tickets
   */
  public record Bin(double from, double to, int count, double confidence, double accuracy) {}

  static Reliability of(List<Judged> rows) {
    int[] count = new int[BINS];
    int[] right = new int[BINS];
    double[] confidence = new double[BINS];
    for (Judged row : rows) {
      int label = row.mostProbable();
      double p = row.probabilities()[label];
      int bin = Math.max(0, Math.min(BINS - 1, (int) Math.ceil(p * BINS) - 1));
      count[bin]++;
      right[bin] += row.truth() == label ? 1 : 0;
      confidence[bin] += p;
    }
    double error = 0;
    List<Bin> bins = new ArrayList<>();
    for (int i = 0; i < BINS; i++) {
      error += Math.abs(confidence[i] - right[i]) / Math.max(1, rows.size());
      bins.add(
          new Bin(
              (double) i / BINS,
              (double) (i + 1) / BINS,
              count[i],
              confidence[i] / count[i],
              (double) right[i] / count[i]));
    }
    return new Reliability(error, bins);
  }
}
