/**
 * The pipeline beside the service that it replaces (benchmarks/peers), same weights, same texts,
 * same callers, by turns: {@link tickets.benchmarks.replaced.ReplacedRun}.
 *
 * <pre>
 * six processes, warm ─▶ the replaced service as it comes, then tuned; with each, by turns:
 *   1, 16, 64 callers in a closed loop ─▶ open loop ─▶ 240 in the queue at a time ─▶ one in the queue alone
 * </pre>
 */
@NullMarked
package tickets.benchmarks.replaced;

import org.jspecify.annotations.NullMarked;
