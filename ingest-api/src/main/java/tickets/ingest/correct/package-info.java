/** The call by which a person says what a ticket's priority is. */
@NullMarked
package tickets.ingest.correct;

import org.jspecify.annotations.NullMarked;
