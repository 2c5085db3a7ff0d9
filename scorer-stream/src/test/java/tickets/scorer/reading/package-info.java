@NullMarked
package tickets.scorer.reading;

import org.jspecify.annotations.NullMarked;
