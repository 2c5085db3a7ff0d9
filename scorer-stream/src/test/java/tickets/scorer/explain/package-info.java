/** Which words speak for a priority. */
@NullMarked
package tickets.scorer.explain;

import org.jspecify.annotations.NullMarked;
