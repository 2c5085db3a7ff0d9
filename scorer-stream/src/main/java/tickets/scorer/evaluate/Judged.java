package tickets.scorer.evaluate;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import tickets.scorer.model.Decision;
import tickets.scorer.model.ModelManifest;
import tickets.scorer.model.Scaling;
import tickets.scorer.model.TicketScorer;

/**
 * A labelled ticket and what a model made of it.
 *
 * @param truth index of the label that people gave it, in label order
 * @param logits the model's, one a label
 * @param probabilities calibrated, one a label
 * @param chosen index of the label that the model's rule chose
 * @param review whether the rule leaves it to people
 * @param fields what else is known of it, by name: language, domain, …
 */
public record Judged(
    String text,
    int truth,
    float[] logits,
    double[] probabilities,
    int chosen,
    boolean review,
    Map<String, String> fields) {

  private static final int SHORT = 32;
  private static final int MEDIUM = 128;

  public Judged {
    fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
  }

  /** As a scorer with this scaling and this decision would answer. */
  public static Judged of(
      String text,
      int truth,
      float[] logits,
      Scaling scaling,
      Decision decision,
      Map<String, String> fields) {
    double[] probabilities = scaling.probabilities(logits);
    Decision.Decided decided = decision.decide(probabilities);
    return new Judged(
        text, truth, logits, probabilities, decided.label(), decided.review(), fields);
  }

  /**
   * As a scorer with this model would answer. What the model's own reading tells of the text joins
   * the fields, where they do not tell it: language, length, and what was set aside of it.
   */
  public static Judged of(
      String text,
      int truth,
      TicketScorer.Raw raw,
      ModelManifest manifest,
      Map<String, String> fields) {
    Map<String, String> all = new LinkedHashMap<>(fields);
    if (fields.keySet().stream().noneMatch(Slice::isLanguage)) {
      all.put("language", raw.understanding().language().code());
    }
    all.putIfAbsent("length", length(raw));
    all.putIfAbsent(
        "set_aside", raw.understanding().setAside().isEmpty() ? "nothing" : "something");
    return of(text, truth, raw.logits(), manifest.scaling(), manifest.decision(), all);
  }

  private static String length(TicketScorer.Raw raw) {
    if (raw.truncated()) {
      return "cut: longer than the window";
    }
    return raw.tokens() <= SHORT
        ? "up to " + SHORT + " tokens"
        : raw.tokens() <= MEDIUM
            ? SHORT + 1 + " to " + MEDIUM + " tokens"
            : "over " + MEDIUM + " tokens";
  }

  /** The same ticket under another scaling or decision. */
  Judged under(Scaling scaling, Decision decision) {
    return of(text, truth, logits, scaling, decision, fields);
  }

  boolean right() {
    return chosen == truth;
  }

  /** Index of the most probable label, the first of equals. */
  int mostProbable() {
    return Decision.MOST_PROBABLE.rule().choose(probabilities);
  }
}
