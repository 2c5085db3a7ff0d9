package tickets.ingest.answer;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tickets.contract.Outcome;
import tickets.contract.Rejection;
import tickets.contract.ScoredTicket;

/**
 * What a store knows of a ticket.
 *
 * @param score there when it was scored
 * @param rejected there when it was rejected; neither means that it waits
 * @param receivedAt unknown for rows of the replaced service, as is everything below
 * @param decidedAt when it was scored or rejected
 * @param partition with {@code offset}: which publication of the ticket this is about
 */
public record TicketState(
    String taskId,
    @Nullable Score score,
    @Nullable Rejected rejected,
    @Nullable Instant receivedAt,
    @Nullable Instant decidedAt,
    @Nullable Integer partition,
    @Nullable Long offset) {

  /** Why a ticket has no priority. */
  public record Rejected(Rejection.Code code, String message) {}

  static TicketState of(Outcome outcome) {
    Score score = null;
    Rejected rejected = null;
    if (outcome instanceof ScoredTicket scored) {
      score = Score.of(scored, false);
    } else if (outcome instanceof Rejection rejection) {
      rejected = new Rejected(rejection.code(), rejection.message());
    }
    return new TicketState(
        outcome.taskId(),
        score,
        rejected,
        outcome.receivedAt(),
        outcome.decidedAt(),
        outcome.sourcePartition(),
        outcome.sourceOffset());
  }

  static TicketState waiting(String taskId, Acceptance acceptance) {
    return new TicketState(
        taskId,
        null,
        null,
        acceptance.receivedAt(),
        null,
        acceptance.partition(),
        acceptance.offset());
  }

  public boolean isDecided() {
    return score != null || rejected != null;
  }

  /**
   * Whether this is the outcome of that publication or of a later one: an id may have been used
   * before, and an old outcome must not answer a new ticket.
   */
  boolean decides(Acceptance acceptance) {
    return isDecided()
        && partition != null
        && offset != null
        && partition == acceptance.partition()
        && offset >= acceptance.offset();
  }
}
