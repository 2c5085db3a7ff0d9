package tickets.scorer.model;

import tickets.contract.Rejection;

/** What became of one text. */
public sealed interface Verdict {

  /**
   * It has scores.
   *
   * @param truncated whether the text was longer than the model's window, so that its middle was
   *     left out
   * @param tokens how many tokens the model read, [CLS] and [SEP] included
   */
  record Scored(Scores scores, boolean truncated, int tokens) implements Verdict {}

  /**
   * It alone cannot be scored; the texts beside it could.
   *
   * @param message for people; never holds the text
   */
  record Unscorable(Rejection.Code code, String message) implements Verdict {}
}
