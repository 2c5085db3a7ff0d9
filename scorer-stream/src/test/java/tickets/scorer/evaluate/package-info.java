@NullMarked
package tickets.scorer.evaluate;

import org.jspecify.annotations.NullMarked;
