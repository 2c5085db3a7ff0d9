/** Agreement without servers, and its metrics. */
@NullMarked
package tickets.ingest.quality;

import org.jspecify.annotations.NullMarked;
