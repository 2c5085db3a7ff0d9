package tickets.scorer.evaluate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * How a model's choices and probabilities compare with people's labels. Every figure can be worked
 * out anew from the rows.
 *
 * @param labels names, in label order
 * @param leastUrgentFirst indices of the labels by urgency: levels are counted along it
 * @param n tickets
 * @param accuracy share of tickets with the right label
 * @param accuracyInterval by Wilson
 * @param macroF1 mean of the labels' F1, over the labels that occur among truths or choices
 * @param macroF1Interval by bootstrap over the tickets
 * @param meanAbsoluteError levels of urgency between choice and truth, in the mean
 * @param quadraticKappa agreement beyond chance, weighted with the square of that distance; NaN
 *     where chance explains all
 * @param reliability of the probabilities
 * @param negativeLogLikelihood mean of -ln(probability of the true label)
 * @param brier mean squared distance of the probabilities from the truth, 0 to 2
 * @param perLabel in label order
 * @param confusion row: true label, column: chosen label; counts
 * @param reviewed tickets that the rule leaves to people; all figures count them with the label
 *     that the rule would have chosen
 * @param accuracyWithoutReviewed of the tickets that it does not leave to people; NaN if there are
 *     none
 */
public record Evaluation(
    List<String> labels,
    List<Integer> leastUrgentFirst,
    int n,
    double accuracy,
    Interval accuracyInterval,
    double macroF1,
    Interval macroF1Interval,
    double meanAbsoluteError,
    double quadraticKappa,
    Reliability reliability,
    double negativeLogLikelihood,
    double brier,
    List<LabelScore> perLabel,
    List<List<Integer>> confusion,
    int reviewed,
    double accuracyWithoutReviewed) {

  private static final int RESAMPLES = 1_000;

  /** So that the logarithm stays finite: a model may well say 0 of what is true. */
  private static final double SMALLEST = 1e-15;

  public Evaluation {
    labels = List.copyOf(labels);
    leastUrgentFirst = List.copyOf(leastUrgentFirst);
    perLabel = List.copyOf(perLabel);
    confusion = confusion.stream().map(List::copyOf).toList();
  }

  /**
   * @param support tickets with this true label
   * @param chosen tickets that the model gave it
   * @param precision share of the chosen that are right; 0 if none is chosen
   * @param recall share of the true that are chosen; 0 if there is none
   * @param ranking by its probability, whatever was chosen
   */
  public record LabelScore(
      String label,
      int support,
      int chosen,
      double precision,
      double recall,
      double f1,
      Ranking ranking) {}

  /** With labels that stand in the order of their urgency, the least urgent first. */
  public static Evaluation of(List<Judged> rows, List<String> labels) {
    return of(rows, labels, IntStream.range(0, labels.size()).boxed().toList());
  }

  /**
   * @param leastUrgentFirst indices of the labels by urgency
   * @throws IllegalArgumentException without rows
   */
  public static Evaluation of(
      List<Judged> rows, List<String> labels, List<Integer> leastUrgentFirst) {
    if (rows.isEmpty()) {
      throw new IllegalArgumentException("There are no labelled tickets to judge by.");
    }
    int count = labels.size();
    int[][] confusion = confusion(rows, count);
    int[] level = new int[count];
    for (int i = 0; i < count; i++) {
      level[leastUrgentFirst.get(i)] = i;
    }
    int right = 0;
    int reviewed = 0;
    int rightAlone = 0;
    double distance = 0;
    double likelihood = 0;
    double brier = 0;
    for (Judged row : rows) {
      right += row.right() ? 1 : 0;
      reviewed += row.review() ? 1 : 0;
      rightAlone += row.right() && !row.review() ? 1 : 0;
      distance += Math.abs(level[row.chosen()] - level[row.truth()]);
      likelihood -= Math.log(Math.max(SMALLEST, row.probabilities()[row.truth()]));
      for (int label = 0; label < count; label++) {
        double wanted = label == row.truth() ? 1 : 0;
        brier += Math.pow(row.probabilities()[label] - wanted, 2);
      }
    }
    int n = rows.size();
    List<LabelScore> perLabel = new ArrayList<>();
    for (int label = 0; label < count; label++) {
      perLabel.add(labelScore(labels.get(label), confusion, label, Ranking.of(rows, label)));
    }
    return new Evaluation(
        labels,
        leastUrgentFirst,
        n,
        (double) right / n,
        Interval.wilson(right, n),
        macroF1(confusion),
        resampledMacroF1(rows, count),
        distance / n,
        quadraticKappa(confusion, level),
        Reliability.of(rows),
        likelihood / n,
        brier / n,
        perLabel,
        Arrays.stream(confusion).map(row -> Arrays.stream(row).boxed().toList()).toList(),
        reviewed,
        (double) rightAlone / (n - reviewed));
  }

  /** Expected calibration error, 0 to 1, in {@link Reliability#BINS} bins. */
  public double ece() {
    return reliability.error();
  }

  /** Mean over the labels that have tickets; NaN without any. */
  public double macroRocAuc() {
    return mean(perLabel.stream().mapToDouble(score -> score.ranking().rocAuc()));
  }

  /** Mean over the labels that have tickets; NaN without any. */
  public double macroAveragePrecision() {
    return mean(perLabel.stream().mapToDouble(score -> score.ranking().averagePrecision()));
  }

  private static double mean(DoubleStream figures) {
    return figures.filter(figure -> !Double.isNaN(figure)).average().orElse(Double.NaN);
  }

  private static int[][] confusion(List<Judged> rows, int count) {
    int[][] confusion = new int[count][count];
    rows.forEach(row -> confusion[row.truth()][row.chosen()]++);
    return confusion;
  }

  private static LabelScore labelScore(
      String label, int[][] confusion, int index, Ranking ranking) {
    int hits = confusion[index][index];
    int support = Arrays.stream(confusion[index]).sum();
    int chosen = Arrays.stream(confusion).mapToInt(row -> row[index]).sum();
    return new LabelScore(
        label,
        support,
        chosen,
        chosen == 0 ? 0 : (double) hits / chosen,
        support == 0 ? 0 : (double) hits / support,
        f1(hits, support, chosen),
        ranking);
  }

  private static double f1(int hits, int support, int chosen) {
    return support + chosen == 0 ? 0 : 2.0 * hits / (support + chosen);
  }

  static double macroF1(List<Judged> rows, int labels) {
    return macroF1(confusion(rows, labels));
  }

  private static double macroF1(int[][] confusion) {
    double sum = 0;
    int occurring = 0;
    for (int label = 0; label < confusion.length; label++) {
      int index = label;
      int support = Arrays.stream(confusion[label]).sum();
      int chosen = Arrays.stream(confusion).mapToInt(row -> row[index]).sum();
      if (support + chosen > 0) {
        sum += f1(confusion[label][label], support, chosen);
        occurring++;
      }
    }
    return sum / occurring;
  }

  private static Interval resampledMacroF1(List<Judged> rows, int labels) {
    // The same rows give the same interval.
    SplittableRandom random = new SplittableRandom(1);
    double[] values = new double[RESAMPLES];
    for (int i = 0; i < RESAMPLES; i++) {
      int[][] confusion = new int[labels][labels];
      for (int j = 0; j < rows.size(); j++) {
        Judged row = rows.get(random.nextInt(rows.size()));
        confusion[row.truth()][row.chosen()]++;
      }
      values[i] = macroF1(confusion);
    }
    Arrays.sort(values);
    return new Interval(values[(int) (0.025 * RESAMPLES)], values[(int) (0.975 * RESAMPLES) - 1]);
  }

  private static double quadraticKappa(int[][] confusion, int[] level) {
    int count = confusion.length;
    double[] truths = new double[count];
    double[] choices = new double[count];
    double n = 0;
    for (int i = 0; i < count; i++) {
      for (int j = 0; j < count; j++) {
        truths[i] += confusion[i][j];
        choices[j] += confusion[i][j];
        n += confusion[i][j];
      }
    }
    double seen = 0;
    double byChance = 0;
    for (int i = 0; i < count; i++) {
      for (int j = 0; j < count; j++) {
        double weight = Math.pow(level[i] - level[j], 2);
        seen += weight * confusion[i][j];
        byChance += weight * truths[i] * choices[j] / n;
      }
    }
    return 1 - seen / byChance;
  }
}
