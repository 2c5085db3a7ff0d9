@NullMarked
package tickets.scorer.finetune;

import org.jspecify.annotations.NullMarked;
