/**
 * How the work spreads over scorers, threads and partitions; {@link tickets.benchmarks.scale.Scale}
 * is the table of contents.
 *
 * <pre>
 * three scorers until the rate settles ─▶ each with a fixed share of CPU: three ─▶ two ─▶ one
 *   ─▶ one scorer with all CPU: one thread ─▶ two ─▶ four ─▶ tickets on two partitions ─▶ on one
 *   ─▶ all outcomes counted ─▶ result.json
 * </pre>
 */
@NullMarked
package tickets.benchmarks.scale;

import org.jspecify.annotations.NullMarked;
