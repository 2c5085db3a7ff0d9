package tickets.scorer.labelled;

import java.util.LinkedHashMap;
import java.util.Map;
import tickets.contract.EventJson;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** One JSON object a line; an array of objects is taken too. */
final class JsonRows {
  private JsonRows() {}

  static String read(String text, LabelledTickets.Collected rows) {
    if (text.stripLeading().startsWith("[")) {
      array(text, rows);
      return "a JSON array";
    }
    long line = 0;
    // Not by String.lines(): U+2028 and a lone carriage return may stand within a string.
    for (String json : text.split("\n", -1)) {
      line++;
      if (json.isBlank()) {
        continue;
      }
      try {
        take(line, EventJson.mapper().readTree(json), rows);
      } catch (JacksonException e) {
        rows.bad(line, "it is not JSON: " + e.getOriginalMessage());
      }
    }
    return "JSON, an object a line";
  }

  private static void array(String text, LabelledTickets.Collected rows) {
    try {
      long number = 0;
      for (JsonNode entry : EventJson.mapper().readTree(text)) {
        take(++number, entry, rows);
      }
    } catch (JacksonException e) {
      throw new UnusableData(
          "It begins as a JSON array, but is none: " + e.getOriginalMessage(), e);
    }
  }

  private static void take(long line, JsonNode node, LabelledTickets.Collected rows) {
    if (!node.isObject()) {
      rows.bad(line, "it is not a JSON object");
      return;
    }
    Map<String, String> row = new LinkedHashMap<>();
    node.forEachEntry(
        (name, value) -> {
          if (!value.isNull()) {
            row.put(name, value.isValueNode() ? value.asString() : value.toString());
          }
        });
    rows.row(line, row);
  }
}
