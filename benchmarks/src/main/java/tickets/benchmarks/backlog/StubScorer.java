package tickets.benchmarks.backlog;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.context.support.GenericApplicationContext;
import tickets.scorer.ScorerStream;
import tickets.scorer.model.Decision;
import tickets.scorer.model.ModelManifest;
import tickets.scorer.model.Precision;
import tickets.scorer.model.Scaling;
import tickets.scorer.model.ScoredBatch;
import tickets.scorer.model.Scores;
import tickets.scorer.model.ScoringEngine;
import tickets.scorer.model.Verdict;

/**
 * The scorer as it ships, but for the engine: no tokenizer and no model, an answer in constant
 * time. What is left is the price of the pipeline itself.
 */
final class StubScorer {

  private StubScorer() {}

  public static void main(String[] arguments) {
    ScorerStream.application()
        .initializers(
            context ->
                ((GenericApplicationContext) context)
                    .registerBean("stubEngine", ScoringEngine.class, StubEngine::new))
        .run(arguments);
  }

  /** One of a few answers, by the text's hash. */
  static final class StubEngine implements ScoringEngine {

    private static final List<String> LABELS = List.of("LABEL_0", "LABEL_1", "LABEL_2", "LABEL_3");
    private static final List<String> PRIORITIES = List.of("low", "medium", "high", "critical");

    private static final ModelManifest MANIFEST =
        new ModelManifest(
            "stub",
            "1",
            "0".repeat(64),
            LABELS,
            PRIORITIES,
            List.of(0, 1, 2, 3),
            Scaling.NONE,
            256,
            Decision.MOST_PROBABLE,
            Precision.FP32);

    /** As long as a real model's in JSON. */
    private static final double CHOSEN = 0.8273645918273645;

    private static final double OTHERS = (1 - CHOSEN) / (LABELS.size() - 1);

    private static final int TOKENS = 50;

    private final List<Verdict> answers = new ArrayList<>();

    StubEngine() {
      for (int chosen = 0; chosen < LABELS.size(); chosen++) {
        Map<String, Double> probabilities = new LinkedHashMap<>();
        for (int label = 0; label < LABELS.size(); label++) {
          probabilities.put(LABELS.get(label), label == chosen ? CHOSEN : OTHERS);
        }
        answers.add(
            new Verdict.Scored(
                new Scores(
                    LABELS.get(chosen),
                    PRIORITIES.get(chosen),
                    probabilities,
                    new Decision.Decided(chosen, "argmax", CHOSEN - OTHERS, null, false)),
                false,
                TOKENS));
      }
    }

    @Override
    public ModelManifest manifest() {
      return MANIFEST;
    }

    @Override
    public ScoredBatch score(List<String> texts) {
      List<Verdict> verdicts =
          texts.stream()
              .map(text -> answers.get(Math.floorMod(text.hashCode(), answers.size())))
              .toList();
      return new ScoredBatch(
          MANIFEST.asNamedInResults(),
          verdicts,
          Duration.ZERO,
          Duration.ZERO,
          TOKENS * texts.size(),
          TOKENS * texts.size(),
          Duration.ZERO);
    }

    /** Quick enough for any batch limit. */
    @Override
    public double warmUp() {
      return 1e6;
    }

    @Override
    public void close() {}
  }
}
