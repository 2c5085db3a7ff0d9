/** Whether a ticket can be accepted and scored now, component by component. */
@NullMarked
package tickets.ingest.status;

import org.jspecify.annotations.NullMarked;
