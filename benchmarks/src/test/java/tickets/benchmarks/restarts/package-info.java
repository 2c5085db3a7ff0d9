@NullMarked
package tickets.benchmarks.restarts;

import org.jspecify.annotations.NullMarked;
