@NullMarked
package tickets.ingest.model;

import org.jspecify.annotations.NullMarked;
