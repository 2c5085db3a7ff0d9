package tickets.scorer.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** From probabilities, one a label, to the label chosen. */
public sealed interface DecisionRule {

  /** As priority.json calls it. */
  String name();

  /** The label chosen, and how narrowly. */
  Choice decide(double[] probabilities);

  /** Index of the chosen label. */
  default int choose(double[] probabilities) {
    return decide(probabilities).label();
  }

  /**
   * @param label its index
   * @param margin how far the ticket is from another label, 0 or more: a difference of
   *     probabilities, or of expected costs where costs decide
   * @param expectedCost of the chosen label, by the probabilities; null where no costs are known
   */
  record Choice(int label, double margin, @Nullable Double expectedCost) {}

  /** The most probable label; the first of equals. Its margin is its lead over the next. */
  record MostProbable() implements DecisionRule {
    @Override
    public String name() {
      return "argmax";
    }

    @Override
    public Choice decide(double[] probabilities) {
      int best = highest(probabilities, -1);
      return new Choice(best, lead(probabilities, best), null);
    }
  }

  /**
   * The first threshold that is reached decides. A label whose threshold is not reached is not
   * chosen: if none is, the most probable of the labels without a threshold is, or of all, if each
   * has one. So urgent labels can be caught early, or only when they are sure.
   *
   * <p>The margin is how far the deciding threshold is exceeded. Where none is reached, it is the
   * lead over the next label without one, or what the nearest threshold lacks, whichever is less.
   */
  record Thresholds(List<Threshold> inOrder) implements DecisionRule {
    public Thresholds {
      inOrder = List.copyOf(inOrder);
    }

    @Override
    public String name() {
      return "thresholds";
    }

    @Override
    public Choice decide(double[] probabilities) {
      double[] open = probabilities.clone();
      double lacking = Double.POSITIVE_INFINITY;
      for (Threshold threshold : inOrder) {
        double above = probabilities[threshold.label()] - threshold.atLeast();
        if (above >= 0) {
          return new Choice(threshold.label(), above, null);
        }
        lacking = Math.min(lacking, -above);
        open[threshold.label()] = Double.NEGATIVE_INFINITY;
      }
      if (open[highest(open, -1)] == Double.NEGATIVE_INFINITY) {
        open = probabilities;
      }
      int best = highest(open, -1);
      return new Choice(best, Math.min(lacking, lead(open, best)), null);
    }
  }

  /** A label, by index, and the probability from which on it is chosen, 0 to 1. */
  record Threshold(int label, double atLeast) {}

  /**
   * The label with the least expected cost; the first of equals. Its margin is what the next best
   * would cost more.
   *
   * @param costs row i, column j: what it costs to choose label j for a ticket whose true label is
   *     i
   */
  record LeastCost(List<List<Double>> costs) implements DecisionRule {
    public LeastCost {
      costs = costs.stream().map(List::copyOf).toList();
    }

    @Override
    public String name() {
      return "costs";
    }

    @Override
    public Choice decide(double[] probabilities) {
      double[] gain = new double[probabilities.length];
      for (int chosen = 0; chosen < gain.length; chosen++) {
        gain[chosen] = -expected(probabilities, chosen);
      }
      int best = highest(gain, -1);
      return new Choice(best, lead(gain, best), -gain[best]);
    }

    /** What it costs to choose that label, by the probabilities. */
    public double expected(double[] probabilities, int chosen) {
      double cost = 0;
      for (int truth = 0; truth < probabilities.length; truth++) {
        cost += probabilities[truth] * costs.get(truth).get(chosen);
      }
      return cost;
    }
  }

  /** Index of the highest value, the first of equals, other than that of {@code but}. */
  private static int highest(double[] values, int but) {
    int best = but == 0 ? 1 : 0;
    for (int i = best + 1; i < values.length; i++) {
      if (i != but && values[i] > values[best]) {
        best = i;
      }
    }
    return best;
  }

  private static double lead(double[] values, int best) {
    return values[best] - values[highest(values, best)];
  }
}
