/**
 * Engine and pipeline, latency, memory and start, measured in one run on one machine: {@link
 * tickets.benchmarks.run.BenchmarkRun} is the table of contents.
 *
 * <pre>
 * engine alone, peers ─▶ six processes ─▶ callers in a closed loop until the rate settles
 *   ─▶ one call after another ─▶ open loop at 70 % ─▶ full topic, all at work ─▶ full topic, sink paused
 *   ─▶ calls while a backlog drains ─▶ engine alone again ─▶ stub ─▶ ./start twice ─▶ result.json
 * </pre>
 */
@NullMarked
package tickets.benchmarks.run;

import org.jspecify.annotations.NullMarked;
