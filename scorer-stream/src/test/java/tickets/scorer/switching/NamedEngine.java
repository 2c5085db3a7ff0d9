package tickets.scorer.switching;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import tickets.contract.Sha256;
import tickets.scorer.model.Decision;
import tickets.scorer.model.DecisionRule;
import tickets.scorer.model.ModelManifest;
import tickets.scorer.model.Precision;
import tickets.scorer.model.Scaling;
import tickets.scorer.model.ScoredBatch;
import tickets.scorer.model.Scores;
import tickets.scorer.model.ScoringEngine;
import tickets.scorer.model.Verdict;

/** An engine whose every score names it, and that may be closed only when it is not at work. */
final class NamedEngine implements ScoringEngine {

  private final String name;
  private final Consumer<List<String>> before;
  private volatile boolean closed;

  NamedEngine(String name) {
    this(name, texts -> {});
  }

  /**
   * @param before is called with each batch first, and may wait or throw
   */
  NamedEngine(String name, Consumer<List<String>> before) {
    this.name = name;
    this.before = before;
  }

  @Override
  public ModelManifest manifest() {
    return new ModelManifest(
        name,
        "1",
        digest(name),
        List.of("a", "b"),
        List.of("a", "b"),
        List.of(0, 1),
        Scaling.ofTemperature(1),
        256,
        new Decision(new DecisionRule.MostProbable(), null),
        Precision.FP32);
  }

  /** The digest of the engine of this name. */
  static String digest(String name) {
    return Sha256.hex(name);
  }

  @Override
  public ScoredBatch score(List<String> texts) {
    requireOpen();
    before.accept(texts);
    requireOpen();
    return new ScoredBatch(
        manifest().asNamedInResults(),
        texts.stream()
            .map(
                text ->
                    (Verdict)
                        new Verdict.Scored(
                            new Scores(
                                name,
                                name,
                                Map.of(name, 1.0),
                                new Decision.Decided(0, "argmax", 1, null, false)),
                            false,
                            3))
            .toList(),
        Duration.ZERO,
        Duration.ZERO,
        3,
        3,
        Duration.ZERO);
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException(name + " is closed");
    }
  }

  boolean isClosed() {
    return closed;
  }

  @Override
  public double warmUp() {
    return 1_000;
  }

  @Override
  public void close() {
    closed = true;
  }
}
