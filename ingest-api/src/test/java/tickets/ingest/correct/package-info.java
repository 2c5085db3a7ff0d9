/** Corrections without servers. */
@NullMarked
package tickets.ingest.correct;

import org.jspecify.annotations.NullMarked;
