package tickets.scorer.labelled;

import java.util.List;
import java.util.Map;

/**
 * Where a row has its text and its label.
 *
 * @param text column of the whole text; where it is empty or missing, subject and body are taken
 * @param subject column of the subject line
 * @param body column of the message
 * @param label column of the label; empty: none is wanted, and all labels are empty
 */
public record Columns(String text, String subject, String body, String label) {

  /** As the service's own events and the bundled data name them. */
  public static final Columns USUAL = new Columns("text", "subject", "body", "label");

  /** The text of a row, as the service joins it; empty if it has none. */
  String textOf(Map<String, String> row) {
    String whole = row.getOrDefault(text, "").strip();
    if (!whole.isEmpty()) {
      return whole;
    }
    String head = row.getOrDefault(subject, "").strip();
    String rest = row.getOrDefault(body, "").strip();
    return head.isEmpty() || rest.isEmpty() ? head + rest : head + "\n\n" + rest;
  }

  boolean wantLabel() {
    return !label.isEmpty();
  }

  boolean haveText(List<String> header) {
    return header.contains(text) || header.contains(subject) || header.contains(body);
  }
}
