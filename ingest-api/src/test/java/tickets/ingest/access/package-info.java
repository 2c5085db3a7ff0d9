/** What is decided at the door without any server. */
@NullMarked
package tickets.ingest.access;

import org.jspecify.annotations.NullMarked;
