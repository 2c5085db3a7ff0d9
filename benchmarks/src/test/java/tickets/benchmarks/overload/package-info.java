@NullMarked
package tickets.benchmarks.overload;

import org.jspecify.annotations.NullMarked;
