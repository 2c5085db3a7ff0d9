package tickets.scorer.batch;

import java.util.List;
import tickets.scorer.model.ScoredBatch;

/** All that a batch needs of the engine. */
@FunctionalInterface
public interface BatchScoring {

  /**
   * One verdict a text, in the texts' order. A text that can't be scored gets a verdict, too.
   *
   * @throws RuntimeException only if the engine as a whole is broken and no text is to blame
   */
  ScoredBatch score(List<String> texts);
}
