package tickets.ingest.answer;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tickets.contract.Claim;
import tickets.contract.Topics;

/**
 * The broker's word that it has a ticket.
 *
 * @param topic of the ticket's {@link tickets.contract.Lane}
 * @param receivedAt the broker's time of it, which becomes the ticket's {@code start_time}
 */
public record Acceptance(String topic, int partition, long offset, Instant receivedAt) {

  /** Null while the ticket is still being published. */
  public static @Nullable Acceptance of(Claim claim) {
    return claim.phase() == Claim.Phase.ACCEPTED
            && claim.partition() != null
            && claim.offset() != null
        ? new Acceptance(
            claim.topic() == null ? Topics.TICKETS : claim.topic(),
            claim.partition(),
            claim.offset(),
            claim.receivedAt())
        : null;
  }

  /** For Redis. */
  public Claim claim(String textSha256) {
    return Claim.accepted(textSha256, receivedAt, topic, partition, offset);
  }
}
