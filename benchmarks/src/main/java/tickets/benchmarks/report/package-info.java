/** Tables and charts of docs/performance.md, drawn from the files in benchmarks/results. */
@NullMarked
package tickets.benchmarks.report;

import org.jspecify.annotations.NullMarked;
