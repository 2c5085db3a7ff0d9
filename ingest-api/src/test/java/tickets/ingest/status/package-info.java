/** What is told of the pipeline. */
@NullMarked
package tickets.ingest.status;

import org.jspecify.annotations.NullMarked;
