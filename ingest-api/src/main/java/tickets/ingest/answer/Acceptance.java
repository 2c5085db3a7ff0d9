package tickets.ingest.answer;

import java.time.Instant;

/**
 * The broker's word that it has a ticket.
 *
 * @param topic of the ticket's {@link tickets.contract.Lane}
 * @param receivedAt the broker's time of it, which becomes the ticket's {@code start_time}
 */
public record Acceptance(String topic, int partition, long offset, Instant receivedAt) {}
