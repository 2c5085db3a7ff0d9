/**
 * Takes tickets over HTTP, publishes them, and answers with their priority.
 *
 * <pre>
 *  HTTP ─▶ submit [1] [2] [3] ─▶ topic tickets ─▶ … ─▶ Redis, PostgreSQL ─▶ answer [11] [12] ─▶ HTTP
 *                  status: can a ticket be accepted and scored now?
 * </pre>
 *
 * <p>The packages know this one, submit knows answer and status, status knows answer; both ways in
 * and out know access, which stands before all of them.
 */
@NullMarked
package tickets.ingest;

import org.jspecify.annotations.NullMarked;
