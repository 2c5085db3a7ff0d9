package tickets.scorer.evaluate;

import tickets.contract.EventJson;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A comparison as JSON, for machines. */
final class ComparisonJson {
  private ComparisonJson() {}

  static ObjectNode of(Comparison comparison) {
    ObjectNode json = EventJson.mapper().createObjectNode();
    json.put("n", comparison.rows().size());
    json.put("moved", comparison.moved());
    json.put("moved_share", (double) comparison.moved() / comparison.rows().size());
    if (comparison.sameLevels()) {
      json.put("more_urgent", comparison.up());
      json.put("less_urgent", comparison.down());
    }
    json.put("more_for_review", comparison.toReview());
    ArrayNode moves = json.putArray("moves");
    for (Comparison.Move move : comparison.moves()) {
      moves
          .addObject()
          .put("from", move.from())
          .put("to", move.to())
          .put("tickets", move.tickets())
          .put("share", (double) move.tickets() / comparison.rows().size());
    }
    side(json.putObject("a"), comparison.a());
    side(json.putObject("b"), comparison.b());
    Comparison.Verdict verdict = comparison.verdict();
    if (verdict != null) {
      json.putObject("labels")
          .put("n", verdict.judged())
          .put("both_right", verdict.both())
          .put("only_a_right", verdict.onlyA())
          .put("only_b_right", verdict.onlyB())
          .put("neither_right", verdict.neither())
          .put("chance", verdict.chance());
    }
    ArrayNode biggest = json.putArray("biggest_moves");
    comparison.biggest().forEach(row -> biggest.add(row(row)));
    json.put("data", comparison.data());
    ArrayNode notes = json.putArray("notes");
    comparison.notes().forEach(notes::add);
    return json;
  }

  /** One ticket, as --predictions has them. */
  static ObjectNode row(TwiceScored row) {
    ObjectNode json = EventJson.mapper().createObjectNode();
    json.put("id", row.id());
    json.put("text", row.text());
    if (row.label() != null) {
      json.put("label", row.label());
    }
    answer(json.putObject("a"), row.a());
    answer(json.putObject("b"), row.b());
    return json;
  }

  private static void answer(ObjectNode json, TwiceScored.Answer answer) {
    json.put("priority", answer.priority());
    json.put("chosen", answer.chosen());
    json.put("probability", answer.probability());
    Boolean right = answer.right();
    if (right != null) {
      json.put("right", right);
    }
  }

  private static void side(ObjectNode json, Comparison.Side side) {
    json.put("name", side.manifest().name());
    json.put("version", side.manifest().version());
    json.put("digest", side.manifest().digest());
    json.put("tickets_per_second", side.ticketsPerSecond());
    Evaluation evaluation = side.evaluation();
    if (evaluation != null) {
      json.put("n", evaluation.n());
      json.put("accuracy", evaluation.accuracy());
      json.put("macro_f1", evaluation.macroF1());
      json.put("mean_absolute_error", evaluation.meanAbsoluteError());
      json.put("ece", evaluation.ece());
    }
  }
}
