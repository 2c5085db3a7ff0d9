/** What one run of all benchmarks is made of. */
@NullMarked
package tickets.benchmarks.run;

import org.jspecify.annotations.NullMarked;
