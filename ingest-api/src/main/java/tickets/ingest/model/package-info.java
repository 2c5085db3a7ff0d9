/** {@code POST /v1/model}: which model the scorers are to use, and which ones they do. */
@NullMarked
package tickets.ingest.model;

import org.jspecify.annotations.NullMarked;
