package tickets.ingest.answer;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tickets.contract.Correction;
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
 * @param topic with {@code partition} and {@code offset}: which publication of the ticket this is
 *     about
 * @param erasedAt since when nothing is left of its text; null if it is not erased
 * @param correction the newest that people said of its priority; null if nobody did, as far as the
 *     store knows
 */
public record TicketState(
    String taskId,
    @Nullable Score score,
    @Nullable Rejected rejected,
    @Nullable Instant receivedAt,
    @Nullable Instant decidedAt,
    @Nullable String topic,
    @Nullable Integer partition,
    @Nullable Long offset,
    @Nullable Instant erasedAt,
    @Nullable Correction correction) {

  /** Why a ticket has no priority. */
  public record Rejected(Rejection.Code code, String message) {}

  /** One that is neither erased nor corrected. */
  TicketState(
      String taskId,
      @Nullable Score score,
      @Nullable Rejected rejected,
      @Nullable Instant receivedAt,
      @Nullable Instant decidedAt,
      @Nullable String topic,
      @Nullable Integer partition,
      @Nullable Long offset) {
    this(taskId, score, rejected, receivedAt, decidedAt, topic, partition, offset, null, null);
  }

  /** A ticket of which a store knows no more than that it was accepted. */
  static TicketState accepted(String taskId) {
    return new TicketState(taskId, null, null, null, null, null, null, null);
  }

  /** The same if there was an erasure at that time, which may be of an earlier version. */
  TicketState erased(@Nullable Instant at) {
    return at == null || (receivedAt != null && receivedAt.isAfter(at))
        ? this
        : new TicketState(
            taskId,
            score,
            rejected,
            receivedAt,
            decidedAt,
            topic,
            partition,
            offset,
            at,
            correction);
  }

  /** The same with that correction, unless it has a newer one. */
  TicketState corrected(@Nullable Correction other) {
    return other == null
            || (correction != null && !other.correctedAt().isAfter(correction.correctedAt()))
        ? this
        : new TicketState(
            taskId,
            score,
            rejected,
            receivedAt,
            decidedAt,
            topic,
            partition,
            offset,
            erasedAt,
            other);
  }

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
        outcome.sourceTopic(),
        outcome.sourcePartition(),
        outcome.sourceOffset(),
        outcome.erasedAt(),
        null);
  }

  static TicketState waiting(String taskId, Acceptance acceptance) {
    return new TicketState(
        taskId,
        null,
        null,
        acceptance.receivedAt(),
        null,
        acceptance.topic(),
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
        && acceptance.topic().equals(topic)
        && partition == acceptance.partition()
        && offset >= acceptance.offset();
  }
}
