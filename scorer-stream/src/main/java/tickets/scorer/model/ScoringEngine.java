package tickets.scorer.model;

import java.util.List;

/**
 * Whatever scores: all that the rest of the scorer knows of it. Any number of threads may use one.
 */
public interface ScoringEngine extends AutoCloseable {

  /** Whose scores these are, and how they are to be read. */
  ModelManifest manifest();

  /**
   * One verdict a text, in the texts' order. A text that can't be scored gets a verdict, too.
   *
   * @throws RuntimeException only if the engine as a whole is broken and no text is to blame
   */
  ScoredBatch score(List<String> texts);

  /**
   * The same for texts whose answers nobody waits for: the cores are for others first, if the
   * engine can tell them apart.
   */
  default ScoredBatch scoreGivingWay(List<String> texts) {
    return score(texts);
  }

  /**
   * Settles, so that the first ticket does not have to wait for it; a second or two.
   *
   * @return padded tokens a second that one thread gets through, in batches of short tickets: what
   *     a batch limit can be derived from
   */
  double warmUp();

  @Override
  void close();
}
