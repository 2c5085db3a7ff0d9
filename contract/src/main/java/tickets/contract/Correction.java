package tickets.contract;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tickets.contract.ScoredTicket.Model;

/**
 * What a person says a ticket's priority is, as it stands on {@link Topics#CORRECTIONS}. It may
 * contradict the model or confirm it, and no later score overrides it: only a later correction
 * does.
 *
 * @param taskId the ticket
 * @param taskPriority the label of the model; as it was written, where no model was known when it
 *     was
 * @param priority the readable name of that label, else the label itself
 * @param by the person, in the caller's words, if it gave any
 * @param client the key or client that brought it, if callers are asked for one
 * @param correctedAt on the topic by ingest-api's clock; everywhere else, and whenever two are
 *     compared, the broker's time of the record
 * @param modelSaid what the model had said of the ticket by then; absent if it had not been scored,
 *     or was rejected
 */
public record Correction(
    String taskId,
    String taskPriority,
    String priority,
    @Nullable String by,
    @Nullable String client,
    Instant correctedAt,
    @Nullable ModelSaid modelSaid) {

  /** The longest label or name of a priority, in code points. */
  public static final int PRIORITY_MAX_CHARS = 256;

  /** The longest {@link #by}, in code points. */
  public static final int BY_MAX_CHARS = 100;

  public Correction {
    requireNonNull(taskId, "task_id");
    requireNonNull(taskPriority, "task_priority");
    requireNonNull(priority, "priority");
    requireNonNull(correctedAt, "corrected_at");
  }

  /**
   * A score that somebody corrects or confirms.
   *
   * @param taskPriority the model's own label
   * @param priority the readable name of that label, else the label itself
   * @param model which one; absent for rows of the replaced service
   */
  public record ModelSaid(String taskPriority, String priority, @Nullable Model model) {
    public ModelSaid {
      requireNonNull(taskPriority, "task_priority");
      requireNonNull(priority, "priority");
    }

    /** What the replaced service's model said. */
    public ModelSaid(String taskPriority, String priority) {
      this(taskPriority, priority, null);
    }
  }

  /**
   * Reads a record of {@link Topics#CORRECTIONS}. The record key serves as id if the body has none;
   * what is too long for a name is cut, for a person's word is never lost to its length.
   *
   * @param brokerTime of the record, which becomes {@link #correctedAt}
   * @throws IOException if it says nothing of any ticket; the message repeats nothing of it
   */
  public static Correction fromRecord(
      byte @Nullable [] key, byte @Nullable [] value, Instant brokerTime) throws IOException {
    if (value == null) {
      throw new IOException("The record has no value.");
    }
    Fields fields = EventJson.readObject(value, Fields.class);
    String id = fields.taskId();
    if (id == null) {
      id = key == null ? "" : new String(key, StandardCharsets.UTF_8);
    }
    if (!TicketId.isValid(id)) {
      throw new IOException("The record names no ticket.");
    }
    String label = cut(line(fields.taskPriority()), PRIORITY_MAX_CHARS);
    if (label == null) {
      throw new IOException("The record names no priority.");
    }
    String priority = cut(line(fields.priority()), PRIORITY_MAX_CHARS);
    return new Correction(
        id,
        label,
        priority == null ? label : priority,
        cut(line(fields.by()), BY_MAX_CHARS),
        cut(line(fields.client()), BY_MAX_CHARS),
        brokerTime,
        fields.modelSaid());
  }

  private record Fields(
      @Nullable String taskId,
      @Nullable String taskPriority,
      @Nullable String priority,
      @Nullable String by,
      @Nullable String client,
      @Nullable ModelSaid modelSaid) {}

  /** The same with the time that the broker gave it. */
  public Correction at(Instant brokerTime) {
    return new Correction(taskId, taskPriority, priority, by, client, brokerTime, modelSaid);
  }

  /** The same without the person. */
  public Correction anonymous() {
    return by == null
        ? this
        : new Correction(taskId, taskPriority, priority, null, client, correctedAt, modelSaid);
  }

  /**
   * One line of visible characters: what no store can hold, what moves a cursor and what reverses
   * the direction of writing is gone; white space is single spaces.
   *
   * @return null if nothing is left
   */
  public static @Nullable String line(@Nullable String text) {
    if (text == null) {
      return null;
    }
    StringBuilder line = new StringBuilder(text.length());
    boolean gap = false;
    for (int c : text.codePoints().toArray()) {
      switch (Character.getType(c)) {
        case Character.FORMAT -> {}
        case Character.CONTROL,
            Character.SURROGATE,
            Character.SPACE_SEPARATOR,
            Character.LINE_SEPARATOR,
            Character.PARAGRAPH_SEPARATOR ->
            gap = line.length() > 0;
        default -> {
          if (gap) {
            line.append(' ');
            gap = false;
          }
          line.appendCodePoint(c);
        }
      }
    }
    return line.isEmpty() ? null : line.toString();
  }

  private static @Nullable String cut(@Nullable String text, int maxChars) {
    return text == null || text.codePointCount(0, text.length()) <= maxChars
        ? text
        : text.substring(0, text.offsetByCodePoints(0, maxChars)).strip();
  }
}
