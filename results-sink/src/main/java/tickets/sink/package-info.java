/**
 * Writes every outcome to PostgreSQL and Redis and tells who waits for it.
 *
 * <pre>
 *   tickets ───────────────▶ NoteTickets ───▶ TicketTable ─────────────▶ PostgreSQL  ticket (PENDING)
 *
 *   ticket-priorities  ─┬──▶ [9] StoreScores ───▶ ScoreTable, TicketTable ▶ PostgreSQL  prediction, ticket
 *   ticket-rejections  ─┘           └─ refused data ─▶ UnstorableTickets ─▶ ticket-rejections
 *                      │
 *                      └───▶ [10] AnnounceScores ─▶ ScoreCache ─────────▶ Redis  outcome:…, text:…, replies:…
 * </pre>
 *
 * <p>One poll is one write. Each listener is a consumer group of its own and commits its offsets
 * after its store has the batch; {@link tickets.sink.SinkFailures} says what happens when it has
 * not.
 */
@NullMarked
package tickets.sink;

import org.jspecify.annotations.NullMarked;
