/** What breaks, loads and measures the product from outside; ships in no jar of it. */
@NullMarked
package tickets.benchmarks;

import org.jspecify.annotations.NullMarked;
