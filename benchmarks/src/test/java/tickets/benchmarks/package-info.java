@NullMarked
package tickets.benchmarks;

import org.jspecify.annotations.NullMarked;
