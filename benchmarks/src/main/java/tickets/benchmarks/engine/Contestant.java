package tickets.benchmarks.engine;

import java.util.Collections;
import java.util.List;

/** An engine under measurement: texts in, priorities out, tokenising included. */
interface Contestant extends AutoCloseable {

  Who who();

  /**
   * Scores these texts, in batches as suits the engine best. Several threads may call at once; each
   * is to keep one core busy.
   *
   * @return what it had to work through
   */
  Work score(List<String> texts);

  /** One text alone: whoever is measured has to show that it does the work. */
  Answer answer(String text);

  @Override
  void close();

  /**
   * @param chosen index of the label
   * @param probabilities in the order of the labels
   */
  record Answer(int chosen, List<Double> probabilities) {
    static Answer mostProbable(List<Double> probabilities) {
      return new Answer(probabilities.indexOf(Collections.max(probabilities)), probabilities);
    }
  }

  /** One that does not know by itself how many tickets to take together. */
  interface Batched extends Contestant {

    /**
     * @param tickets of a pass from now on; not while it scores
     */
    void batchesOf(int tickets);
  }

  /**
   * @param digest of our model in the precision that is served; empty for others
   */
  record Who(String name, String precision, String digest) {}

  /**
   * @param tokens of the texts, [CLS] and [SEP] included
   * @param paddedTokens with padding
   * @param tokeniseNanos time of tokenising
   */
  record Work(long tokens, long paddedTokens, long tokeniseNanos) {
    static final Work NONE = new Work(0, 0, 0);

    Work plus(Work other) {
      return new Work(
          tokens + other.tokens,
          paddedTokens + other.paddedTokens,
          tokeniseNanos + other.tokeniseNanos);
    }
  }
}
