/**
 * From text to score: tokenise, batch, run the model, turn logits into probabilities.
 *
 * <pre>
 * texts ─▶ TicketScorer [6] ─▶ TicketTokenizer [7] ─▶ TokenBatch (sort, cut, pad) ─▶ PriorityModel [8] ─▶ Scores ─▶ verdicts
 *                                                                                    └ BertPriorityModel
 * model directory ─▶ ModelFiles ─▶ ModelManifest, BertShape; Weights (Safetensors), LoraAdapter ─▶ BertCheckpoint ─▶ BertPriorityModel
 * </pre>
 *
 * <p>Knows neither Kafka nor Spring. DJL's engine is imported by {@code BertPriorityModel} alone,
 * its tokenizers by {@code TicketTokenizer} alone.
 */
@NullMarked
package tickets.scorer.model;

import org.jspecify.annotations.NullMarked;
