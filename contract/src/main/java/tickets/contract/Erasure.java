package tickets.contract;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The order to forget what a customer wrote, as it stands on {@link Topics#ERASURES}.
 *
 * <p>It is about every record of this ticket that the broker got no later than the erasure itself,
 * by the broker's clock, whenever that record is read again. What comes later under the same id is
 * a new version of the ticket, and is kept.
 *
 * @param taskId the ticket
 * @param requestedAt when it was asked for
 * @param by who asked, if that is known; never what a caller could choose freely
 * @param receivedAt when the broker got the ticket's newest known version: brokers' clocks may
 *     differ, and that version is meant in any case
 */
public record Erasure(
    String taskId,
    @Nullable Instant requestedAt,
    @Nullable String by,
    @Nullable Instant receivedAt) {

  public Erasure {
    requireNonNull(taskId, "task_id");
  }

  /**
   * Reads a record of {@link Topics#ERASURES}. The record key serves as id if the body has none.
   *
   * @throws IOException if it names no ticket
   */
  public static Erasure fromRecord(byte @Nullable [] key, byte @Nullable [] value)
      throws IOException {
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
    return new Erasure(id, fields.requestedAt(), fields.by(), fields.receivedAt());
  }

  private record Fields(
      @Nullable String taskId,
      @Nullable Instant requestedAt,
      @Nullable String by,
      @Nullable Instant receivedAt) {}

  /**
   * When the ticket counts as erased: what the broker got until then is to be forgotten.
   *
   * @param brokerTime of the erasure's record
   */
  public Instant erasedAt(Instant brokerTime) {
    return receivedAt != null && receivedAt.isAfter(brokerTime) ? receivedAt : brokerTime;
  }
}
