package tickets.scorer.evaluate;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * How well one label's probability ranks its tickets above all others, whatever the threshold.
 *
 * @param rocAuc share of the pairs of a ticket with and a ticket without the label that are in the
 *     right order, ties counting half; NaN unless there are both
 * @param averagePrecision precision averaged over the steps of recall; NaN without such a ticket
 * @param points by falling threshold, beginning above all probabilities
 */
public record Ranking(double rocAuc, double averagePrecision, List<Point> points) {
  public Ranking {
    points = List.copyOf(points);
  }

  /**
   * What choosing the label from this probability on would give.
   *
   * @param hits tickets of the label that reach it
   * @param alarms all that reach it
   */
  public record Point(double threshold, int hits, int alarms) {
    double precision() {
      return alarms == 0 ? 1 : (double) hits / alarms;
    }
  }

  static Ranking of(List<Judged> rows, int label) {
    List<Judged> sorted = new ArrayList<>(rows);
    sorted.sort(Comparator.comparingDouble(row -> -row.probabilities()[label]));
    List<Point> points = new ArrayList<>();
    points.add(new Point(Double.POSITIVE_INFINITY, 0, 0));
    int positives = (int) rows.stream().filter(row -> row.truth() == label).count();
    int negatives = rows.size() - positives;
    double area = 0;
    double precision = 0;
    int hits = 0;
    for (int i = 0; i < sorted.size(); i++) {
      Judged row = sorted.get(i);
      hits += row.truth() == label ? 1 : 0;
      double p = row.probabilities()[label];
      if (i + 1 < sorted.size() && sorted.get(i + 1).probabilities()[label] == p) {
        continue;
      }
      Point last = points.get(points.size() - 1);
      Point next = new Point(p, hits, i + 1);
      int falseAlarms = (next.alarms() - next.hits()) - (last.alarms() - last.hits());
      area += falseAlarms * (next.hits() + last.hits()) / 2.0;
      precision += (next.hits() - last.hits()) * next.precision();
      points.add(next);
    }
    return new Ranking(
        positives == 0 || negatives == 0 ? Double.NaN : area / positives / negatives,
        positives == 0 ? Double.NaN : precision / positives,
        points);
  }
}
