package tickets.contract;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One support ticket as it travels on the topic of its {@link Lane}.
 *
 * @param taskId names the ticket in every store; see {@link TicketId}
 * @param text what the customer wrote: stripped, 1 to the configured number of code points, no
 *     U+0000 and no lone surrogates
 * @param submittedAt when the ticket system got it, if it said so
 * @param source which system it came from, if it said so
 */
public record Ticket(
    String taskId, String text, @Nullable Instant submittedAt, @Nullable String source) {

  /** As below, without masking anything. */
  public static Ticket fromRecord(
      byte @Nullable [] key,
      byte @Nullable [] value,
      String topic,
      int partition,
      long offset,
      int maxChars)
      throws InvalidTicket {
    return fromRecord(key, value, topic, partition, offset, maxChars, Redaction.NONE);
  }

  /**
   * Reads a record of a {@link Lane}'s topic, whoever wrote it. The id is the body's {@code
   * task_id}, else the record key, else the record's position.
   *
   * @param maxChars the most code points a text may have
   * @param redaction what is masked in it; what ingest-api has masked stays as it is
   * @throws InvalidTicket if it can't be scored; the message is for whoever published it
   */
  public static Ticket fromRecord(
      byte @Nullable [] key,
      byte @Nullable [] value,
      String topic,
      int partition,
      long offset,
      int maxChars,
      Redaction redaction)
      throws InvalidTicket {
    if (value == null) {
      throw new InvalidTicket(
          Rejection.Code.UNREADABLE,
          "The record has no value. Publish a JSON object with a \"text\".");
    }
    String keyId = keyId(key);
    TicketDraft draft = TicketDraft.parse(value, maxChars, redaction);
    String bodyId = draft.taskId();
    if (bodyId != null && keyId != null && !bodyId.equals(keyId)) {
      throw new InvalidTicket(
          Rejection.Code.INVALID,
          "The body's task_id differs from the record key. Use the task_id as key: the order of a"
              + " ticket's events rests on it.");
    }
    String id = bodyId != null ? bodyId : keyId;
    if (id == null) {
      id = TicketId.ofPosition(topic, partition, offset);
    }
    return new Ticket(id, draft.text(), draft.submittedAt(), draft.source());
  }

  /**
   * The id under which a record that could not be read is rejected: its key if that is a valid id,
   * else its position.
   */
  public static String idOfUnreadable(
      byte @Nullable [] key, String topic, int partition, long offset) {
    try {
      String id = keyId(key);
      if (id != null) {
        return id;
      }
    } catch (InvalidTicket e) {
      // The position names it then.
    }
    return TicketId.ofPosition(topic, partition, offset);
  }

  private static @Nullable String keyId(byte @Nullable [] key) throws InvalidTicket {
    if (key == null || key.length == 0) {
      return null;
    }
    String id;
    try {
      id =
          StandardCharsets.UTF_8
              .newDecoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .onUnmappableCharacter(CodingErrorAction.REPORT)
              .decode(ByteBuffer.wrap(key))
              .toString();
    } catch (CharacterCodingException e) {
      throw new InvalidTicket(Rejection.Code.INVALID, "The record key is not UTF-8.");
    }
    if (!TicketId.isValid(id)) {
      throw new InvalidTicket(
          Rejection.Code.INVALID,
          "The record key can't be a task_id: use 1 to 128 of A-Z a-z 0-9 . _ : -");
    }
    return id;
  }
}
