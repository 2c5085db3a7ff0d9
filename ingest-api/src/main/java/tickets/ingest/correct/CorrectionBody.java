package tickets.ingest.correct;

import static tickets.contract.Correction.BY_MAX_CHARS;
import static tickets.contract.Correction.PRIORITY_MAX_CHARS;
import static tickets.ingest.Refusal.Reason.INVALID;

import org.jspecify.annotations.Nullable;
import tickets.contract.Correction;
import tickets.contract.EventJson;
import tickets.ingest.Refusal;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * What a caller sent, cleaned; not yet held against any model.
 *
 * @param taskPriority a label or the readable name of one, in any case
 */
record CorrectionBody(String taskPriority, @Nullable String by) {

  private static final String EXAMPLE =
      "Send {\"task_priority\": \"…\"}, and \"by\" if somebody is to be named.";

  /**
   * Reads {@code {"task_priority": …, "by": …}}; unknown fields are ignored.
   *
   * @throws Refusal if the bytes are not such an object; the message says what to change
   */
  static CorrectionBody parse(byte[] json) {
    JsonNode object;
    try {
      object = EventJson.mapper().readTree(json);
    } catch (JacksonException e) {
      throw Refusal.of(INVALID, "This can't be read as JSON. " + EXAMPLE);
    }
    if (!object.isObject()) {
      throw Refusal.of(INVALID, "This is not a JSON object. " + EXAMPLE);
    }
    String taskPriority = line(object, "task_priority", PRIORITY_MAX_CHARS);
    if (taskPriority == null) {
      throw Refusal.of(INVALID, "There is no task_priority. " + EXAMPLE);
    }
    return new CorrectionBody(taskPriority, line(object, "by", BY_MAX_CHARS));
  }

  private static @Nullable String line(JsonNode object, String field, int maxChars) {
    JsonNode value = object.get(field);
    if (value == null || value.isNull()) {
      return null;
    }
    if (!value.isString()) {
      throw Refusal.of(INVALID, "\"" + field + "\" must be a string.");
    }
    String line = Correction.line(value.stringValue());
    int chars = line == null ? 0 : line.codePointCount(0, line.length());
    if (chars > maxChars) {
      throw Refusal.of(
          INVALID,
          "\"" + field + "\" has " + chars + " characters, at most " + maxChars + " are taken.");
    }
    return line;
  }
}
