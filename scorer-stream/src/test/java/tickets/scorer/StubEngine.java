package tickets.scorer;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import tickets.contract.Rejection;
import tickets.contract.ScoredTicket;
import tickets.scorer.batch.BatchScoring;
import tickets.scorer.model.Decision;
import tickets.scorer.model.ScoredBatch;
import tickets.scorer.model.Scores;
import tickets.scorer.model.Verdict;

/** Scores every text as urgent, but for those that begin with "unscorable". Keeps its batches. */
final class StubEngine implements BatchScoring {

  static final ScoredTicket.Model MODEL = new ScoredTicket.Model("stub", "1", "0".repeat(64));

  private final List<List<String>> batches = new CopyOnWriteArrayList<>();
  private final Consumer<List<String>> before;

  StubEngine() {
    this(texts -> {});
  }

  /**
   * @param before is called with each batch first, and may wait or throw
   */
  StubEngine(Consumer<List<String>> before) {
    this.before = before;
  }

  @Override
  public ScoredBatch score(List<String> texts) {
    batches.add(List.copyOf(texts));
    before.accept(texts);
    List<Verdict> verdicts = new ArrayList<>();
    for (String text : texts) {
      verdicts.add(
          text.startsWith("unscorable")
              ? new Verdict.Unscorable(Rejection.Code.MODEL_FAILED, "The model fails on this text.")
              : new Verdict.Scored(
                  new Scores(
                      "LABEL_1",
                      unsure(text) ? Decision.REVIEW : "high",
                      Map.of("LABEL_0", 0.25, "LABEL_1", 0.75),
                      new Decision.Decided(1, "argmax", 0.5, null, unsure(text))),
                  false,
                  3));
    }
    return new ScoredBatch(
        MODEL,
        verdicts,
        Duration.ofMillis(2),
        Duration.ofMillis(7),
        3 * texts.size(),
        4 * texts.size(),
        Duration.ZERO);
  }

  /** Such a ticket is left to people. */
  private static boolean unsure(String text) {
    return text.startsWith("unsure");
  }

  /** The texts of each batch, in the order in which they were asked for. */
  List<List<String>> batches() {
    return batches;
  }

  /** All texts asked for, those of tries that failed included. */
  List<String> texts() {
    return batches.stream().flatMap(List::stream).toList();
  }
}
