@NullMarked
package tickets.scorer.shadow;

import org.jspecify.annotations.NullMarked;
