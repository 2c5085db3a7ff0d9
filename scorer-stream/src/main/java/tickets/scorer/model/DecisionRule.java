package tickets.scorer.model;

import java.util.List;

/** From probabilities, one a label, to the label chosen. */
public sealed interface DecisionRule {

  /** Index of the chosen label. */
  int choose(double[] probabilities);

  /** The most probable label; the first of equals. */
  record MostProbable() implements DecisionRule {
    @Override
    public int choose(double[] probabilities) {
      int best = 0;
      for (int i = 1; i < probabilities.length; i++) {
        if (probabilities[i] > probabilities[best]) {
          best = i;
        }
      }
      return best;
    }
  }

  /**
   * The first threshold that is reached decides; if none is, the most probable label. So urgent
   * labels can be caught early.
   */
  record Thresholds(List<Threshold> inOrder) implements DecisionRule {
    public Thresholds {
      inOrder = List.copyOf(inOrder);
    }

    @Override
    public int choose(double[] probabilities) {
      for (Threshold threshold : inOrder) {
        if (probabilities[threshold.label()] >= threshold.atLeast()) {
          return threshold.label();
        }
      }
      return new MostProbable().choose(probabilities);
    }
  }

  /** A label, by index, and the probability from which on it is chosen, 0 to 1. */
  record Threshold(int label, double atLeast) {}

  /**
   * The label with the least expected cost; the first of equals.
   *
   * @param costs row i, column j: what it costs to choose label j for a ticket whose true label is
   *     i
   */
  record LeastCost(List<List<Double>> costs) implements DecisionRule {
    public LeastCost {
      costs = costs.stream().map(List::copyOf).toList();
    }

    @Override
    public int choose(double[] probabilities) {
      double[] gain = new double[probabilities.length];
      for (int chosen = 0; chosen < gain.length; chosen++) {
        for (int truth = 0; truth < gain.length; truth++) {
          gain[chosen] -= probabilities[truth] * costs.get(truth).get(chosen);
        }
      }
      return new MostProbable().choose(gain);
    }
  }
}
