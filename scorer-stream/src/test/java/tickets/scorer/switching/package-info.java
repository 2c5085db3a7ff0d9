@NullMarked
package tickets.scorer.switching;

import org.jspecify.annotations.NullMarked;
