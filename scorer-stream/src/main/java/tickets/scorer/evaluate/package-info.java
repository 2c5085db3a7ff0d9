/**
 * How good a model is, how far its probabilities can be trusted, and what its decisions cost.
 *
 * <pre>
 * labelled tickets ─▶ Judge (a model's logits) ─▶ Judged rows ─▶ Evaluation, Slices, Costs ─▶ Findings ─▶ Report (HTML), Table, JSON
 *                                                    └▶ ScaleFit ─▶ priority.json
 * </pre>
 *
 * <p>All but the mains is arithmetic on rows that were judged already: training calls it, too.
 */
@NullMarked
package tickets.scorer.evaluate;

import org.jspecify.annotations.NullMarked;
