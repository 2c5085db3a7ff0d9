/** What docs/performance.md is drawn with. */
@NullMarked
package tickets.benchmarks.report;

import org.jspecify.annotations.NullMarked;
