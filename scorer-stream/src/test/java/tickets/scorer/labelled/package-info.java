@NullMarked
package tickets.scorer.labelled;

import org.jspecify.annotations.NullMarked;
