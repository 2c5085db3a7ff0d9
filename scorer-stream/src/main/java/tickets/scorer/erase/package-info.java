/**
 * Which tickets are erased, as the scorer must know before it reads them, and what it does then.
 */
@NullMarked
package tickets.scorer.erase;

import org.jspecify.annotations.NullMarked;
