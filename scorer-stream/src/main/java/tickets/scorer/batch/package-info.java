/**
 * From single tickets to batches and back to one outcome a ticket.
 *
 * <pre>
 *   a ticket ─▶ TicketBatcher [5] ──texts──▶ BatchScoring (the engine)
 *                 │  ▲        │ ◀─verdicts──
 *                 ▼  │        └──▶ an outcome for each ticket
 *           PendingTickets (changelogged)     full? due? ◀── BatchLimits
 * </pre>
 *
 * <p>Knows Kafka Streams, but neither DJL nor Spring.
 */
@NullMarked
package tickets.scorer.batch;

import org.jspecify.annotations.NullMarked;
