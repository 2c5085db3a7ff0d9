package tickets.contract;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What became of a ticket: every record of {@link Topics#TICKETS} ends in exactly one {@link
 * ScoredTicket} or {@link Rejection}.
 */
public sealed interface Outcome permits ScoredTicket, Rejection {

  String taskId();

  /** When the broker got the ticket. */
  Instant receivedAt();

  /** When it was scored or rejected. */
  Instant decidedAt();

  String sourceTopic();

  int sourcePartition();

  long sourceOffset();

  /** Since when nothing is left of the ticket's text; null if it was never erased. */
  @Nullable Instant erasedAt();

  /** The same with nothing left of what the customer wrote, nor of its hash. */
  Outcome erased(Instant at);

  /**
   * Whether this outcome replaces {@code other} of the same ticket: a higher offset in the ticket's
   * partition is newer, then the later decision. PostgreSQL and Redis apply the same rule.
   */
  default boolean isNewerThan(Outcome other) {
    if (sourceTopic().equals(other.sourceTopic())
        && sourcePartition() == other.sourcePartition()
        && sourceOffset() != other.sourceOffset()) {
      return sourceOffset() > other.sourceOffset();
    }
    return decidedAt().isAfter(other.decidedAt());
  }
}
