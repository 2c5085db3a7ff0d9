package tickets.scorer.evaluate;

import java.util.List;
import java.util.Locale;
import tickets.contract.EventJson;
import tickets.scorer.model.ModelManifest;
import tickets.scorer.model.Scaling;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Findings as JSON, for machines. What can't be worked out, as a precision without any choice, is
 * null.
 */
public final class FindingsJson {
  private FindingsJson() {}

  public static ObjectNode of(Findings findings) {
    Evaluation evaluation = findings.evaluation();
    ModelManifest manifest = findings.manifest();
    ObjectNode json = EventJson.mapper().createObjectNode();
    json.put("n", evaluation.n());
    number(json, "accuracy", evaluation.accuracy());
    interval(json, "accuracy_interval_95", evaluation.accuracyInterval());
    number(json, "macro_f1", evaluation.macroF1());
    interval(json, "macro_f1_interval_95", evaluation.macroF1Interval());
    number(json, "ece", evaluation.ece());
    json.put("ece_bins", Reliability.BINS);
    number(json, "mean_absolute_error", evaluation.meanAbsoluteError());
    number(json, "quadratic_kappa", evaluation.quadraticKappa());
    number(json, "negative_log_likelihood", evaluation.negativeLogLikelihood());
    number(json, "brier", evaluation.brier());
    number(json, "macro_roc_auc", evaluation.macroRocAuc());
    number(json, "macro_average_precision", evaluation.macroAveragePrecision());
    json.put("reviewed", evaluation.reviewed());
    number(json, "accuracy_without_reviewed", evaluation.accuracyWithoutReviewed());
    ObjectNode perClass = json.putObject("per_class");
    for (int i = 0; i < evaluation.perLabel().size(); i++) {
      perClass.set(manifest.labels().get(i), label(evaluation, i, manifest.priorities().get(i)));
    }
    json.set("labels", strings(manifest.labels()));
    ObjectNode confusion = json.putObject("confusion");
    confusion.put("rows", "true label");
    confusion.put("columns", "chosen label");
    confusion.set("counts", EventJson.mapper().valueToTree(evaluation.confusion()));
    reliability(json.putArray("reliability"), evaluation.reliability());
    ObjectNode slices = json.putObject("slices");
    findings.slices().forEach((field, some) -> slices(slices.putArray(field), some));
    slices(json.putArray("worst_slices"), Slice.worst(findings.slices(), 10));
    ArrayNode mistakes = json.putArray("confident_mistakes");
    findings.mistakes().forEach(row -> mistakes.add(row(row, manifest)));
    model(json.putObject("model"), manifest);
    costs(json, findings);
    fit(json, findings);
    ArrayNode speeds = json.putArray("speed");
    findings.speeds().forEach(speed -> speeds.add(EventJson.mapper().valueToTree(speed)));
    json.put("data", findings.data());
    json.set("notes", strings(findings.notes()));
    return json;
  }

  /** One line of the predictions: from these, every figure can be worked out anew. */
  public static ObjectNode row(Judged row, ModelManifest manifest) {
    ObjectNode json = EventJson.mapper().createObjectNode();
    json.put("text", row.text());
    json.put("label", manifest.labels().get(row.truth()));
    json.put("predicted", manifest.labels().get(row.chosen()));
    number(json, "probability", row.probabilities()[row.chosen()]);
    json.put("review", row.review());
    ObjectNode probabilities = json.putObject("probabilities");
    ObjectNode logits = json.putObject("logits");
    for (int i = 0; i < row.probabilities().length; i++) {
      number(probabilities, manifest.labels().get(i), row.probabilities()[i]);
      logits.put(manifest.labels().get(i), row.logits()[i]);
    }
    ObjectNode fields = json.putObject("fields");
    row.fields().forEach(fields::put);
    return json;
  }

  private static ObjectNode label(Evaluation evaluation, int index, String priority) {
    Evaluation.LabelScore score = evaluation.perLabel().get(index);
    ObjectNode json = EventJson.mapper().createObjectNode();
    json.put("priority", priority);
    number(json, "precision", score.precision());
    number(json, "recall", score.recall());
    number(json, "f1", score.f1());
    json.put("support", score.support());
    json.put("predicted", score.chosen());
    number(json, "roc_auc", score.ranking().rocAuc());
    number(json, "average_precision", score.ranking().averagePrecision());
    return json;
  }

  private static void reliability(ArrayNode array, Reliability reliability) {
    for (Reliability.Bin bin : reliability.bins()) {
      ObjectNode json = array.addObject();
      number(json, "from", bin.from());
      number(json, "to", bin.to());
      json.put("n", bin.count());
      number(json, "confidence", bin.confidence());
      number(json, "accuracy", bin.accuracy());
    }
  }

  private static void slices(ArrayNode array, List<Slice> slices) {
    for (Slice slice : slices) {
      ObjectNode json = array.addObject();
      json.put("field", slice.field());
      json.put("value", slice.value());
      json.put("n", slice.n());
      number(json, "accuracy", slice.accuracy());
      interval(json, "accuracy_interval_95", slice.interval());
      number(json, "macro_f1", slice.macroF1());
      number(json, "mean_absolute_error", slice.meanAbsoluteError());
    }
  }

  private static void model(ObjectNode json, ModelManifest manifest) {
    json.put("name", manifest.name());
    json.put("version", manifest.version());
    json.put("digest", manifest.digest());
    json.put("precision", manifest.precision().toString().toLowerCase(Locale.ROOT));
    json.put("decision", manifest.decision().rule().name());
    json.set("scaling", scaling(manifest.scaling()));
  }

  private static ObjectNode scaling(Scaling scaling) {
    ObjectNode json = EventJson.mapper().createObjectNode();
    json.put("temperature", scaling.temperature());
    if (scaling.perLabel()) {
      json.set("scale", EventJson.mapper().valueToTree(scaling.scale()));
      json.set("bias", EventJson.mapper().valueToTree(scaling.bias()));
    }
    return json;
  }

  private static void costs(ObjectNode json, Findings findings) {
    Costs costs = findings.costs();
    if (costs == null) {
      return;
    }
    ObjectNode node = json.putObject("costs");
    node.set("matrix", EventJson.mapper().valueToTree(costs.matrix()));
    ArrayNode strategies = node.putArray("strategies");
    for (Costs.Strategy strategy : costs.strategies()) {
      ObjectNode one = strategies.addObject();
      one.put("name", strategy.name());
      number(one, "cost_per_ticket", strategy.cost());
      number(one, "expected_cost_per_ticket", strategy.expected());
      one.put("reviewed", strategy.reviewed());
      one.put("most_urgent_missed", strategy.missed());
      one.put("false_alarms", strategy.falseAlarms());
    }
  }

  private static void fit(ObjectNode json, Findings findings) {
    ScaleFit fit = findings.fit();
    if (fit == null) {
      return;
    }
    ObjectNode node = json.putObject("fit");
    node.put("n", fit.n());
    node.set("scaling", scaling(fit.chosen()));
    node.put("reason", fit.reason());
    ObjectNode likelihood = node.putObject("negative_log_likelihood");
    number(likelihood, "unscaled", fit.before());
    number(likelihood, "temperature", fit.withTemperature());
    number(likelihood, "vector", fit.withVector());
    number(likelihood, "chosen", fit.after());
  }

  private static void interval(ObjectNode json, String name, Interval interval) {
    json.putArray(name).add(interval.low()).add(interval.high());
  }

  private static ArrayNode strings(List<String> strings) {
    ArrayNode array = EventJson.mapper().createArrayNode();
    strings.forEach(array::add);
    return array;
  }

  private static void number(ObjectNode json, String name, double value) {
    if (Double.isFinite(value)) {
      json.put(name, value);
    } else {
      json.putNull(name);
    }
  }
}
