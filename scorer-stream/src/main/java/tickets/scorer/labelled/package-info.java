/**
 * Tickets whose priority is known: read from files and tables as people have them, and split so
 * that nothing a model is judged by was seen in its training.
 */
@NullMarked
package tickets.scorer.labelled;

import org.jspecify.annotations.NullMarked;
