/** When a batch is scored. */
@NullMarked
package tickets.scorer.batch;

import org.jspecify.annotations.NullMarked;
