package tickets.scorer.evaluate;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import tickets.scorer.model.Decision;
import tickets.scorer.model.Scaling;

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
