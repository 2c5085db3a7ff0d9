package tickets.benchmarks;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.DoubleStream;

/** A series of measurements of one thing; for any thread. */
public final class Figures {
  private double[] values = new double[1_024];
  private int count;

  public synchronized void add(double value) {
    if (count == values.length) {
      values = Arrays.copyOf(values, 2 * count);
    }
    values[count++] = value;
  }

  public synchronized int count() {
    return count;
  }

  /**
   * The value that so many of a hundred do not exceed; 0 if there is none.
   *
   * @param percent up to 100
   */
  public synchronized double percentile(double percent) {
    if (count == 0) {
      return 0;
    }
    double[] sorted = Arrays.copyOf(values, count);
    Arrays.sort(sorted);
    return sorted[Math.max(0, (int) Math.ceil(percent / 100 * count) - 1)];
  }

  public Map<String, Object> summary() {
    Map<String, Object> summary = new LinkedHashMap<>();
    summary.put("count", count());
    summary.put("p50", round(percentile(50)));
    summary.put("p90", round(percentile(90)));
    summary.put("p99", round(percentile(99)));
    summary.put("longest", round(percentile(100)));
    return summary;
  }

  /** The middle one, or the mean of the two in the middle; there must be one. */
  public static double median(DoubleStream figures) {
    double[] values = figures.sorted().toArray();
    int half = values.length / 2;
    return values.length % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
  }

  /** To one digit after the point: more would be noise. */
  public static double round(double value) {
    return Math.round(value * 10) / 10.0;
  }
}
