/**
 * Who may call, how often, and as whose tickets: everything between the socket and the first line
 * that handles a ticket.
 *
 * <pre>
 *  socket ─▶ ConnectionLimits ─▶ Door: who is it (ApiKeys, Tokens) ─▶ RateLimiter ─▶ may it ─▶ submit, answer, status
 * </pre>
 */
@NullMarked
package tickets.ingest.access;

import org.jspecify.annotations.NullMarked;
