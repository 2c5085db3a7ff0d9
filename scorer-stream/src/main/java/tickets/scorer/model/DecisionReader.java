package tickets.scorer.model;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Reads what a model's manifest says about decisions. Labels may go by the model's own or by their
 * readable names.
 *
 * <pre>
 * {"rule": "argmax"}
 * {"rule": "thresholds", "thresholds": [{"label": "LABEL_1", "at_least": 0.7}]}
 * {"rule": "costs", "costs": {"false_alarm": 1, "missed": {"critical": 20}}}
 * {"rule": "costs", "costs": [[0, 1], [20, 0]]}
 * … and beside each of them, if you like: "review": {"below": 0.5, "margin_below": 0.1, "costs": 2}
 * </pre>
 *
 * @param file named in errors
 */
record DecisionReader(
    Path file, List<String> labels, List<String> priorities, List<Integer> leastUrgentFirst) {

  /** A cost is money, time or trouble; more than this is a slip. */
  private static final double MOST_COST = 1e9;

  /**
   * @throws UnusableModel if it contradicts itself or the labels
   */
  Decision read(JsonNode decision) {
    if (decision.isMissingNode()) {
      return Decision.MOST_PROBABLE;
    }
    if (!decision.isObject()) {
      throw problem("decision must be an object, as {\"rule\": \"argmax\"}.");
    }
    String name = decision.path("rule").asString("argmax");
    DecisionRule rule =
        switch (name) {
          case "argmax" -> new DecisionRule.MostProbable();
          case "thresholds" -> new DecisionRule.Thresholds(thresholds(decision.path("thresholds")));
          case "costs" -> new DecisionRule.LeastCost(costs(decision.path("costs")));
          default ->
              throw problem(
                  "the decision rule \""
                      + name
                      + "\" is unknown; there are argmax, thresholds and costs.");
        };
    return new Decision(rule, review(decision.path("review"), name));
  }

  private List<DecisionRule.Threshold> thresholds(JsonNode entries) {
    List<DecisionRule.Threshold> thresholds = new ArrayList<>();
    for (JsonNode entry : entries) {
      double atLeast = entry.path("at_least").asDouble(Double.NaN);
      if (!(atLeast >= 0 && atLeast <= 1)) {
        throw problem("each threshold needs an at_least from 0 to 1.");
      }
      int label = label(entry.path("label").asString(""));
      if (thresholds.stream().anyMatch(earlier -> earlier.label() == label)) {
        throw problem("there are two thresholds for " + labels.get(label) + ".");
      }
      thresholds.add(new DecisionRule.Threshold(label, atLeast));
    }
    if (thresholds.isEmpty()) {
      throw problem("the rule thresholds needs a list of thresholds.");
    }
    return thresholds;
  }

  private List<List<Double>> costs(JsonNode costs) {
    return costs.isObject() ? spokenCosts(costs) : matrix(costs);
  }

  private List<List<Double>> matrix(JsonNode costs) {
    List<List<Double>> rows = new ArrayList<>();
    costs.forEach(row -> rows.add(ModelManifest.numbers(row)));
    int count = labels.size();
    if (rows.size() != count
        || rows.stream()
            .anyMatch(
                row ->
                    row.size() != count
                        || !row.stream().allMatch(cost -> Math.abs(cost) <= MOST_COST))) {
      throw problem(
          "the rule costs needs "
              + count
              + " rows of "
              + count
              + " numbers: a row for each true label, a column for each chosen one. Or say"
              + " {\"false_alarm\": 1, \"missed\": {\""
              + priorities.get(leastUrgentFirst.get(count - 1))
              + "\": 20}}.");
    }
    return rows;
  }

  /**
   * A ticket taken for more urgent than it is costs {@code false_alarm}; one taken for less urgent
   * than it is costs what {@code missed} says of its true label, else as much as a false alarm.
   */
  private List<List<Double>> spokenCosts(JsonNode costs) {
    for (String field : costs.propertyNames()) {
      if (!field.equals("false_alarm") && !field.equals("missed")) {
        throw problem("costs has \"" + field + "\"; there are false_alarm and missed.");
      }
    }
    double falseAlarm =
        costs.has("false_alarm") ? cost(costs.path("false_alarm"), "false_alarm") : 1;
    int count = labels.size();
    double[] missed = new double[count];
    Arrays.fill(missed, falseAlarm);
    int least = leastUrgentFirst.get(0);
    for (Map.Entry<String, JsonNode> entry : costs.path("missed").properties()) {
      int label = label(entry.getKey());
      if (label == least) {
        throw problem(
            "missed names \"" + entry.getKey() + "\", but nothing is less urgent than that.");
      }
      missed[label] = cost(entry.getValue(), "missed." + entry.getKey());
    }
    List<List<Double>> matrix = new ArrayList<>();
    for (int truth = 0; truth < count; truth++) {
      List<Double> row = new ArrayList<>();
      for (int chosen = 0; chosen < count; chosen++) {
        int levels = leastUrgentFirst.indexOf(chosen) - leastUrgentFirst.indexOf(truth);
        row.add(levels == 0 ? 0 : levels > 0 ? falseAlarm : missed[truth]);
      }
      matrix.add(row);
    }
    return matrix;
  }

  private double cost(JsonNode number, String name) {
    double cost = number.asDouble(Double.NaN);
    if (!(cost >= 0 && cost <= MOST_COST)) {
      throw problem("costs: " + name + " must be a number from 0 to " + (long) MOST_COST + ".");
    }
    return cost;
  }

  private Decision.@Nullable Review review(JsonNode review, String rule) {
    if (review.isMissingNode()) {
      return null;
    }
    for (String field : review.propertyNames()) {
      if (!List.of("below", "margin_below", "costs").contains(field)) {
        throw problem("review has \"" + field + "\"; there are below, margin_below and costs.");
      }
    }
    if (!review.isObject() || review.isEmpty()) {
      throw problem("review must say when people are to look, as {\"below\": 0.5}.");
    }
    if (priorities.contains(Decision.REVIEW)) {
      throw problem(
          "a label is called \""
              + Decision.REVIEW
              + "\", which with a review band means that people are to look. Give it another name.");
    }
    boolean costs = rule.equals("costs");
    if (review.has("costs") && !costs) {
      throw problem("review has costs, but the rule is " + rule + ": only costs can be compared.");
    }
    return new Decision.Review(
        within(review, "below", 1),
        within(review, "margin_below", costs ? MOST_COST : 1),
        review.has("costs") ? cost(review.path("costs"), "review") : Double.POSITIVE_INFINITY);
  }

  private double within(JsonNode review, String field, double most) {
    JsonNode number = review.path(field);
    if (number.isMissingNode()) {
      return 0;
    }
    double value = number.asDouble(Double.NaN);
    if (!(value > 0 && value <= most)) {
      throw problem("review." + field + " must be above 0 and at most " + (long) most + ".");
    }
    return value;
  }

  private int label(String name) {
    int index = labels.indexOf(name);
    int readable = priorities.indexOf(name);
    if (index < 0 && readable >= 0 && readable == priorities.lastIndexOf(name)) {
      return readable;
    }
    return index >= 0 ? index : ModelManifest.labelIndex(labels, name, file);
  }

  private UnusableModel problem(String what) {
    return UnusableModel.file(file, what);
  }
}
