package tickets.scorer.model;

import org.jspecify.annotations.Nullable;
import tickets.contract.Rejection;
import tickets.scorer.reading.TextReading;

/** What became of one text. */
public sealed interface Verdict {

  /**
   * It has scores.
   *
   * @param truncated whether the text was longer than the model's window, so that its middle was
   *     left out
   * @param tokens how many tokens the model read, [CLS] and [SEP] included
   * @param understanding how the text was read; absent where the engine does not tell
   */
  record Scored(
      Scores scores,
      boolean truncated,
      int tokens,
      TextReading.@Nullable Understanding understanding)
      implements Verdict {

    /** By an engine that does not tell how it reads. */
    public Scored(Scores scores, boolean truncated, int tokens) {
      this(scores, truncated, tokens, null);
    }
  }

  /**
   * It alone cannot be scored; the texts beside it could.
   *
   * @param message for people; never holds the text
   */
  record Unscorable(Rejection.Code code, String message) implements Verdict {}
}
