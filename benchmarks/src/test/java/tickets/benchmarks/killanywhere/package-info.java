/** That the harness finds what it looks for, and, in a short run, that there is nothing to find. */
@NullMarked
package tickets.benchmarks.killanywhere;

import org.jspecify.annotations.NullMarked;
