/**
 * A desk's own model: learns from labelled tickets with the graph and the tokenizer that serve, so
 * that what was judged in training is what answers in service.
 */
@NullMarked
package tickets.scorer.finetune;

import org.jspecify.annotations.NullMarked;
