/** [1] to [3] of a ticket's path: from the HTTP call to the topic, acknowledged by the broker. */
@NullMarked
package tickets.ingest.submit;

import org.jspecify.annotations.NullMarked;
