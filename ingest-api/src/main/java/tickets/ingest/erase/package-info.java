/** The call that has a ticket's text forgotten. */
@NullMarked
package tickets.ingest.erase;

import org.jspecify.annotations.NullMarked;
