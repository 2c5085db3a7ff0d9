package tickets.scorer.evaluate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleUnaryOperator;
import tickets.scorer.model.Scaling;

/**
 * The scaling under which a model's probabilities fit labelled tickets best: those on which it was
 * not trained. Best is the least mean negative log likelihood.
 *
 * <p>One temperature first. Then one scale and bias a label on top of it, held near 1 and 0 as by
 * one ticket's worth of doubt, and taken only if in five-fold cross-validation they do better than
 * the temperature on the tickets left out: with few tickets they would learn these by heart.
 *
 * @param n tickets fitted on
 * @param chosen what to serve with; {@link Scaling#NONE} if nothing does better
 * @param reason why that one, for people
 * @param before the mean negative log likelihood of the model's own probabilities
 * @param withTemperature the same with the best temperature
 * @param withVector the same with a scale and bias a label; NaN if that was not tried
 * @param after the same with what was chosen
 */
public record ScaleFit(
    int n,
    Scaling chosen,
    String reason,
    double before,
    double withTemperature,
    double withVector,
    double after) {

  static final double LEAST_TEMPERATURE = 0.2;
  static final double MOST_TEMPERATURE = 10;

  private static final double LEAST_SCALE = 0.1;
  private static final double MOST_SCALE = 10;
  private static final double MOST_BIAS = 10;
  private static final int FOLDS = 5;
  private static final int MOST_SWEEPS = 1_000;

  /** What a scale or bias needs to move by for the search to go on. */
  private static final double STEP_ENDS = 1e-6;

  /** Fewer say nothing about numbers of each label. */
  private static final int FEWEST_TICKETS_A_LABEL = 10;

  /** Beyond, a fit of so many numbers would take long and gain nothing. */
  private static final int MOST_LABELS = 50;

  /**
   * @param logits one row a ticket, one number a label
   * @param truths index of each ticket's true label
   * @throws IllegalArgumentException without tickets, or with a truth that is no label
   */
  public static ScaleFit of(List<float[]> logits, int[] truths) {
    if (truths.length == 0 || truths.length != logits.size()) {
      throw new IllegalArgumentException(
          "There are " + logits.size() + " rows of logits and " + truths.length + " labels.");
    }
    int labels = logits.get(0).length;
    for (int truth : truths) {
      if (truth < 0 || truth >= labels) {
        throw new IllegalArgumentException("There is no label " + truth + " of " + labels + ".");
      }
    }
    Rows all = new Rows(logits, truths);
    double best = temperature(all);
    Scaling byTemperature = Scaling.ofTemperature(best);
    double before = all.loss(Scaling.NONE);
    double withTemperature = all.loss(byTemperature);
    // At a bound it is not the best of all, but the end of the search.
    boolean open = best < LEAST_TEMPERATURE * 1.001 || best > MOST_TEMPERATURE * 0.999;
    if (open || withTemperature >= before) {
      return new ScaleFit(
          truths.length,
          Scaling.NONE,
          open ? openReason(best) : "No temperature fits better than none.",
          before,
          withTemperature,
          Double.NaN,
          before);
    }
    if (!enoughOfEach(truths, labels)) {
      return new ScaleFit(
          truths.length,
          byTemperature,
          "A scale for each label is fitted from "
              + FEWEST_TICKETS_A_LABEL
              + " tickets of each label on, and up to "
              + MOST_LABELS
              + " labels.",
          before,
          withTemperature,
          Double.NaN,
          withTemperature);
    }
    Scaling vector = vector(all, best);
    double withVector = all.loss(vector);
    double heldOutTemperature = 0;
    double heldOutVector = 0;
    for (int fold = 0; fold < FOLDS; fold++) {
      Rows fitted = all.without(fold);
      Rows left = all.only(fold);
      double there = temperature(fitted);
      heldOutTemperature += left.sum(Scaling.ofTemperature(there)) / truths.length;
      heldOutVector += left.sum(vector(fitted, there)) / truths.length;
    }
    boolean better = heldOutVector < heldOutTemperature && withVector <= withTemperature;
    return new ScaleFit(
        truths.length,
        better ? vector : byTemperature,
        String.format(
            Locale.ROOT,
            "A scale for each label %s: negative log likelihood %.4f on tickets left out, %.4f with"
                + " the temperature alone.",
            better ? "helps" : "does not help",
            heldOutVector,
            heldOutTemperature),
        before,
        withTemperature,
        withVector,
        better ? withVector : withTemperature);
  }

  private static String openReason(double temperature) {
    return "These tickets leave the temperature open: "
        + (temperature < 1
            ? "nearly every answer is right, so that they would have the model claim to be sure of"
                + " everything. More or harder tickets are needed."
            : "the answers have little to do with the labels.");
  }

  private static boolean enoughOfEach(int[] truths, int labels) {
    int[] support = new int[labels];
    for (int truth : truths) {
      support[truth]++;
    }
    return labels <= MOST_LABELS
        && Arrays.stream(support).allMatch(count -> count >= FEWEST_TICKETS_A_LABEL);
  }

  /** Convex in 1/temperature: a search by golden section finds the one minimum. */
  private static double temperature(Rows rows) {
    double inverse =
        minimum(
            factor -> rows.loss(Scaling.ofTemperature(1 / factor)),
            1 / MOST_TEMPERATURE,
            1 / LEAST_TEMPERATURE);
    return 1 / inverse;
  }

  private static double minimum(DoubleUnaryOperator function, double low, double high) {
    double ratio = (Math.sqrt(5) - 1) / 2;
    double a = low;
    double b = high;
    double left = b - ratio * (b - a);
    double right = a + ratio * (b - a);
    double atLeft = function.applyAsDouble(left);
    double atRight = function.applyAsDouble(right);
    while (b - a > 1e-7) {
      if (atLeft < atRight) {
        b = right;
        right = left;
        atRight = atLeft;
        left = b - ratio * (b - a);
        atLeft = function.applyAsDouble(left);
      } else {
        a = left;
        left = right;
        atLeft = atRight;
        right = a + ratio * (b - a);
        atRight = function.applyAsDouble(right);
      }
    }
    return (a + b) / 2;
  }

  /**
   * Convex in all its numbers together, and each has its bounds: one Newton step after another,
   * number by number, comes to the one minimum.
   */
  private static Scaling vector(Rows rows, double temperature) {
    int labels = rows.logits.get(0).length;
    double[] scale = new double[labels];
    double[] bias = new double[labels];
    Arrays.fill(scale, 1);
    for (int sweep = 0; sweep < MOST_SWEEPS; sweep++) {
      double moved = 0;
      // Anew in each sweep, so that errors of rounding do not add up.
      double[][] p = rows.probabilities(scaling(temperature, scale, bias));
      for (int label = 0; label < labels; label++) {
        double factor =
            rows.step(p, label, true, temperature, scale[label], 1, LEAST_SCALE, MOST_SCALE);
        scale[label] += factor;
        rows.shift(p, label, true, factor / temperature);
        double summand =
            rows.step(p, label, false, temperature, bias[label], 0, -MOST_BIAS, MOST_BIAS);
        bias[label] += summand;
        rows.shift(p, label, false, summand / temperature);
        moved = Math.max(moved, Math.max(Math.abs(factor), Math.abs(summand)));
      }
      if (moved <= STEP_ENDS) {
        break;
      }
    }
    return scaling(temperature, scale, bias);
  }

  private static Scaling scaling(double temperature, double[] scale, double[] bias) {
    return new Scaling(
        temperature, Arrays.stream(scale).boxed().toList(), Arrays.stream(bias).boxed().toList());
  }

  private record Rows(List<float[]> logits, int[] truths) {

    Rows without(int fold) {
      return part(fold, false);
    }

    Rows only(int fold) {
      return part(fold, true);
    }

    private Rows part(int fold, boolean inside) {
      List<float[]> some = new ArrayList<>();
      List<Integer> labels = new ArrayList<>();
      int[] seen = new int[logits.get(0).length];
      for (int i = 0; i < truths.length; i++) {
        // Each label is spread over all folds, however the rows are sorted.
        if ((seen[truths[i]]++ % FOLDS == fold) == inside) {
          some.add(logits.get(i));
          labels.add(truths[i]);
        }
      }
      return new Rows(some, labels.stream().mapToInt(Integer::intValue).toArray());
    }

    double[][] probabilities(Scaling scaling) {
      return logits.stream().map(scaling::probabilities).toArray(double[][]::new);
    }

    /**
     * By how much to change one label's scale or bias, so that the loss falls.
     *
     * @param factor the scale, else the bias
     * @param now what it is
     * @param prior what it is held near: as if half the square of the distance were one more
     *     ticket's loss
     */
    double step(
        double[][] p,
        int label,
        boolean factor,
        double temperature,
        double now,
        double prior,
        double least,
        double most) {
      double slope = now - prior;
      double curve = 1;
      for (int i = 0; i < p.length; i++) {
        double by = (factor ? logits.get(i)[label] : 1) / temperature;
        slope += by * (p[i][label] - (truths[i] == label ? 1 : 0));
        curve += by * by * p[i][label] * (1 - p[i][label]);
      }
      double change = Math.max(least, Math.min(most, now - slope / curve)) - now;
      // The curvature may grow along the way: then a shorter step is taken, or none.
      while (change != 0
          && !(grows(p, label, factor, change / temperature) + change * (now - prior + change / 2)
              <= 0)) {
        change = Math.abs(change) > STEP_ENDS ? change / 2 : 0;
      }
      return change;
    }

    /** By how much the loss would grow with such a change, over the temperature. */
    private double grows(double[][] p, int label, boolean factor, double change) {
      double growth = 0;
      for (int i = 0; i < p.length; i++) {
        double by = change * (factor ? logits.get(i)[label] : 1);
        growth += Math.log1p(p[i][label] * Math.expm1(by)) - (truths[i] == label ? by : 0);
      }
      return growth;
    }

    /** After one label's scale or bias has changed by this, over the temperature. */
    void shift(double[][] p, int label, boolean factor, double change) {
      for (int i = 0; i < p.length; i++) {
        double grown = p[i][label] * Math.exp(change * (factor ? logits.get(i)[label] : 1));
        double sum = 1 - p[i][label] + grown;
        for (int other = 0; other < p[i].length; other++) {
          p[i][other] = (other == label ? grown : p[i][other]) / sum;
        }
      }
    }

    double loss(Scaling scaling) {
      return sum(scaling) / truths.length;
    }

    double sum(Scaling scaling) {
      double sum = 0;
      for (int i = 0; i < truths.length; i++) {
        sum -= Math.log(Math.max(1e-300, scaling.probabilities(logits.get(i))[truths[i]]));
      }
      return sum;
    }
  }
}
