package tickets.scorer.model;

import java.time.Duration;
import java.util.List;
import tickets.contract.ScoredTicket;

/**
 * The outcome of one call to {@link ScoringEngine#score}.
 *
 * @param model that scored all of them
 * @param verdicts one a text, in the order of the texts
 * @param tokenising time from text to tokens
 * @param inference time in the model, single repeats after a failure included
 * @param tokens what the tickets have, [CLS] and [SEP] included
 * @param paddedTokens what the model worked through: padding counts, texts that occur twice count
 *     once
 * @param helpersCpu CPU time of threads other than the caller's
 */
public record ScoredBatch(
    ScoredTicket.Model model,
    List<Verdict> verdicts,
    Duration tokenising,
    Duration inference,
    int tokens,
    int paddedTokens,
    Duration helpersCpu) {
  public ScoredBatch {
    verdicts = List.copyOf(verdicts);
  }
}
