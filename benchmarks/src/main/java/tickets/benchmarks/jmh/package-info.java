/**
 * Small parts alone, under JMH: {@code benchmarks/jmh}. Those of the engine stand in its package,
 * since they call what nobody else may.
 */
@NullMarked
package tickets.benchmarks.jmh;

import org.jspecify.annotations.NullMarked;
