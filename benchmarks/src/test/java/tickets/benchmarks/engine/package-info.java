/** The engine beside others: what is worked out from their answers. */
@NullMarked
package tickets.benchmarks.engine;

import org.jspecify.annotations.NullMarked;
