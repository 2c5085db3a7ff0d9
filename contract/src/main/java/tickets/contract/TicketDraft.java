package tickets.contract;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.JsonNode;

/**
 * A ticket before it has an id for certain: the JSON body that HTTP callers and ticket systems
 * write, checked by one set of rules for both.
 *
 * @param taskId the body's own id, if it has one
 * @param text as in {@link Ticket}
 */
public record TicketDraft(
    @Nullable String taskId, String text, @Nullable Instant submittedAt, @Nullable String source) {

  private static final int SOURCE_MAX_CHARS = 256;
  private static final Instant EARLIEST = Instant.parse("1970-01-01T00:00:00Z");
  private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59Z");

  /** {@link #parse(byte[], int, Redaction)} without masking anything. */
  public static TicketDraft parse(byte[] json, int maxChars) throws InvalidTicket {
    return parse(json, maxChars, Redaction.NONE);
  }

  /**
   * Reads {@code {"text": …}} or {@code {"subject": …, "body": …}}; unknown fields are ignored.
   *
   * @param maxChars the most code points a text may have after it was stripped and masked
   * @param redaction what is masked: nothing behind this ever sees the original
   * @throws InvalidTicket if the bytes are not such an object; the message says what to change
   */
  public static TicketDraft parse(byte[] json, int maxChars, Redaction redaction)
      throws InvalidTicket {
    JsonNode object = readObject(json);
    String text = string(object, "text");
    if (text == null) {
      text = joined(string(object, "subject"), string(object, "body"));
    }
    if (text == null) {
      throw new InvalidTicket(
          Rejection.Code.INVALID,
          "There is no text. Send \"text\", or \"subject\" and \"body\" (one of them is enough).");
    }
    text = redaction.mask(clean(text));
    if (text.isEmpty()) {
      throw new InvalidTicket(
          Rejection.Code.INVALID, "The text is empty. Send at least one visible character.");
    }
    int chars = text.codePointCount(0, text.length());
    if (chars > maxChars) {
      throw new InvalidTicket(
          Rejection.Code.TOO_LONG,
          "The text has " + chars + " characters, at most " + maxChars + " are taken. Shorten it.");
    }
    String id = string(object, "task_id");
    if (id != null && !TicketId.isValid(id)) {
      throw new InvalidTicket(
          Rejection.Code.INVALID, "task_id must be 1 to 128 of A-Z a-z 0-9 . _ : -");
    }
    return new TicketDraft(id, text, submittedAt(object), source(object, redaction));
  }

  private static JsonNode readObject(byte[] json) throws InvalidTicket {
    JsonNode node;
    try {
      node = EventJson.mapper().readTree(json);
    } catch (JacksonException e) {
      throw new InvalidTicket(Rejection.Code.UNREADABLE, unreadable(e.getLocation()));
    }
    if (!node.isObject()) {
      throw new InvalidTicket(
          Rejection.Code.UNREADABLE, "This is not a JSON object. Send {\"text\": \"…\"}.");
    }
    return node;
  }

  /** Says where, not what: the parser's own words would repeat the ticket's text in logs. */
  private static String unreadable(@Nullable TokenStreamLocation location) {
    String where =
        location == null
            ? ""
            : " (line " + location.getLineNr() + ", column " + location.getColumnNr() + ")";
    return "This can't be read as JSON"
        + where
        + ": it is malformed, not UTF-8, nested too deep, or has a field twice."
        + " Send {\"text\": \"…\"}.";
  }

  private static @Nullable String string(JsonNode object, String field) throws InvalidTicket {
    JsonNode value = object.get(field);
    if (value == null || value.isNull()) {
      return null;
    }
    if (!value.isString()) {
      throw new InvalidTicket(Rejection.Code.INVALID, "\"" + field + "\" must be a string.");
    }
    return value.stringValue();
  }

  private static @Nullable String joined(@Nullable String subject, @Nullable String body) {
    if (subject == null || subject.isBlank()) {
      return body == null ? subject : body;
    }
    if (body == null || body.isBlank()) {
      return subject;
    }
    return subject.strip() + "\n\n" + body.strip();
  }

  /** What no store or tokenizer can hold becomes U+FFFD; white space at both ends goes. */
  private static String clean(String text) {
    return (needsCleaning(text) ? cleaned(text) : text).strip();
  }

  /** Almost no text does. */
  private static boolean needsCleaning(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == 0 || Character.isSurrogate(c)) {
        return true;
      }
    }
    return false;
  }

  private static String cleaned(String text) {
    StringBuilder clean = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            c ->
                clean.appendCodePoint(
                    c == 0 || (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)
                        ? 0xFFFD
                        : c));
    return clean.toString();
  }

  /**
   * A time that can't be read is left out: it is a note for people, and no urgent ticket may be
   * lost to a date format.
   */
  private static @Nullable Instant submittedAt(JsonNode object) {
    JsonNode value = object.get("submitted_at");
    if (value == null || !value.isString()) {
      return null;
    }
    try {
      Instant time = OffsetDateTime.parse(value.stringValue()).toInstant();
      return time.isBefore(EARLIEST) || time.isAfter(LATEST) ? null : time;
    } catch (DateTimeParseException e) {
      return null;
    }
  }

  private static @Nullable String source(JsonNode object, Redaction redaction) {
    JsonNode value = object.get("source");
    if (value == null || !value.isString()) {
      return null;
    }
    String source = redaction.mask(clean(value.stringValue()));
    int cut = Math.min(source.length(), SOURCE_MAX_CHARS);
    if (cut > 0 && cut < source.length() && Character.isHighSurrogate(source.charAt(cut - 1))) {
      cut--;
    }
    return source.substring(0, cut);
  }
}
