package tickets.scorer.evaluate;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tickets.scorer.model.Decision;
import tickets.scorer.model.DecisionRule;
import tickets.scorer.model.DecisionRule.LeastCost;

/**
 * What decisions cost, in the units of a cost matrix.
 *
 * @param matrix row: true label, column: chosen label
 * @param strategies the model's own decision first
 */
public record Costs(List<List<Double>> matrix, List<Strategy> strategies) {
  public Costs {
    matrix = matrix.stream().map(List::copyOf).toList();
    strategies = List.copyOf(strategies);
  }

  /**
   * @param cost a ticket, by the labels that people gave; a ticket that is left to people costs
   *     what the review band says a look costs, and is left out if it says nothing
   * @param expected a ticket, by the model's probabilities: near the cost if they can be trusted
   * @param reviewed tickets that are left to people
   * @param missed tickets of the most urgent label that it gives another one
   * @param falseAlarms tickets that it gives the most urgent label and that have another
   */
  public record Strategy(
      String name, double cost, double expected, int reviewed, int missed, int falseAlarms) {}

  /** Null unless the decision is one by costs. */
  static @Nullable Costs of(
      List<Judged> rows, Decision decision, List<String> priorities, int mostUrgent) {
    if (!(decision.rule() instanceof LeastCost rule)) {
      return null;
    }
    List<Strategy> strategies = new ArrayList<>();
    if (decision.review() != null) {
      strategies.add(strategy("least cost, with review", rows, rule, decision, mostUrgent));
    }
    strategies.add(
        strategy("least expected cost", rows, rule, new Decision(rule, null), mostUrgent));
    strategies.add(strategy("most probable label", rows, rule, Decision.MOST_PROBABLE, mostUrgent));
    DecisionRule always =
        new DecisionRule.Thresholds(List.of(new DecisionRule.Threshold(mostUrgent, 0)));
    strategies.add(
        strategy(
            "always " + priorities.get(mostUrgent),
            rows,
            rule,
            new Decision(always, null),
            mostUrgent));
    return new Costs(rule.costs(), strategies);
  }

  private static Strategy strategy(
      String name, List<Judged> rows, LeastCost rule, Decision decision, int mostUrgent) {
    Decision.Review band = decision.review();
    double look = band == null ? 0 : band.costs();
    double cost = 0;
    double expected = 0;
    int counted = 0;
    int reviewed = 0;
    int missed = 0;
    int falseAlarms = 0;
    for (Judged row : rows) {
      Decision.Decided decided = decision.decide(row.probabilities());
      if (decided.review()) {
        reviewed++;
        if (Double.isFinite(look)) {
          cost += look;
          expected += look;
          counted++;
        }
        continue;
      }
      counted++;
      cost += rule.costs().get(row.truth()).get(decided.label());
      expected += rule.expected(row.probabilities(), decided.label());
      missed += row.truth() == mostUrgent && decided.label() != mostUrgent ? 1 : 0;
      falseAlarms += row.truth() != mostUrgent && decided.label() == mostUrgent ? 1 : 0;
    }
    return new Strategy(name, cost / counted, expected / counted, reviewed, missed, falseAlarms);
  }
}
