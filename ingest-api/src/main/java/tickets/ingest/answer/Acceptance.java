package tickets.ingest.answer;

import java.time.Instant;

/**
 * The broker's word that it has a ticket.
 *
 * @param receivedAt the broker's time of it, which becomes the ticket's {@code start_time}
 */
public record Acceptance(int partition, long offset, Instant receivedAt) {}
