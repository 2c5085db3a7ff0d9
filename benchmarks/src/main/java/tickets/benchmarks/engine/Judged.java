package tickets.benchmarks.engine;

import java.util.List;

/**
 * An engine's answers to labelled tickets.
 *
 * @param labels what people said, one a ticket
 * @param chosen what the engine says
 * @param probabilities of all labels, one list a ticket
 */
public record Judged(List<Integer> labels, List<Integer> chosen, List<List<Double>> probabilities) {

  /** How far another precision's answers to the same tickets are from these. */
  public record Difference(
      double f1, double otherF1, double f1Loss, double labelsEqual, double meanChange) {}

  public Difference to(Judged other) {
    int count = labels.size();
    int equal = 0;
    double change = 0;
    for (int i = 0; i < count; i++) {
      if (chosen.get(i).equals(other.chosen.get(i))) {
        equal++;
      }
      List<Double> here = probabilities.get(i);
      for (int label = 0; label < here.size(); label++) {
        change +=
            Math.abs(here.get(label) - other.probabilities.get(i).get(label)) / here.size() / count;
      }
    }
    double f1 = macroF1();
    return new Difference(
        f1, other.macroF1(), f1 - other.macroF1(), (double) equal / count, change);
  }

  /** The mean over labels of the harmonic mean of precision and recall, 0 to 1. */
  public double macroF1() {
    List<Integer> distinct = labels.stream().distinct().toList();
    double sum = 0;
    for (int label : distinct) {
      int both = 0;
      int either = 0;
      for (int i = 0; i < labels.size(); i++) {
        boolean is = labels.get(i) == label;
        boolean said = chosen.get(i) == label;
        both += is && said ? 1 : 0;
        either += (is ? 1 : 0) + (said ? 1 : 0);
      }
      sum += 2.0 * both / either;
    }
    return sum / distinct.size();
  }
}
