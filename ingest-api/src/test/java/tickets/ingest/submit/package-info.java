/** The rules for ids and bodies. */
@NullMarked
package tickets.ingest.submit;

import org.jspecify.annotations.NullMarked;
