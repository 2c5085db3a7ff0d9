package tickets.scorer.labelled;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A ticket and what a person says of its priority.
 *
 * @param text subject and body as one, not empty
 * @param label as the source writes it, stripped: a name or a number
 * @param fields every column of its row as text, these two included, in the source's order; without
 *     those that are empty
 * @param line where its row begins: line of the file, from 1, or row of the query
 */
public record LabelledTicket(String text, String label, Map<String, String> fields, long line) {
  public LabelledTicket {
    // Not Map.copyOf: that one forgets the order.
    fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
  }

  /** A column's value; empty if the row has none. */
  public String field(String column) {
    return fields.getOrDefault(column, "");
  }
}
