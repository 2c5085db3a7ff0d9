/** Why a ticket has its priority: asked of the scorers as an event, answered by Redis. */
@NullMarked
package tickets.ingest.explain;

import org.jspecify.annotations.NullMarked;
