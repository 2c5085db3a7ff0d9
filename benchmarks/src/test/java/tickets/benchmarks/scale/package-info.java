/** What the measurements of scale make of what they see. */
@NullMarked
package tickets.benchmarks.scale;

import org.jspecify.annotations.NullMarked;
