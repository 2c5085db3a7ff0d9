/** [11] and [12] of a ticket's path: the outcome comes back to the caller who waits or asks. */
@NullMarked
package tickets.ingest.answer;

import org.jspecify.annotations.NullMarked;
