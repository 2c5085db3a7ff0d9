/** Why a text has the priority that it has: which of its words speak for it and which against. */
@NullMarked
package tickets.scorer.explain;

import org.jspecify.annotations.NullMarked;
