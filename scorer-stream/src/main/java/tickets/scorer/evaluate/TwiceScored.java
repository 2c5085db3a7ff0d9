package tickets.scorer.evaluate;

import org.jspecify.annotations.Nullable;

/**
 * A ticket that two models have scored.
 *
 * @param id as its source names it
 * @param label what people say of it, by the readable name where a model knows it; null if they say
 *     nothing
 */
record TwiceScored(String id, String text, @Nullable String label, Answer a, Answer b) {

  /**
   * What one model answers.
   *
   * @param priority as the result would have it: a readable name, or review
   * @param chosen the readable name of the label chosen, also where people are to look
   * @param level of urgency of the label chosen, from 0
   * @param probability of the label chosen
   * @param right whether people say the same; null if they say nothing that this model knows
   */
  record Answer(
      String priority, String chosen, int level, double probability, @Nullable Boolean right) {

    /** For people: what is behind a review, too. */
    String inWords() {
      return priority.equals(chosen) ? priority : priority + ", else " + chosen;
    }
  }

  boolean moved() {
    return !a.priority().equals(b.priority());
  }

  /** Levels from one to the other; only where both models have the same priorities. */
  int levels() {
    return b.level() - a.level();
  }

  boolean judged() {
    return a.right() != null && b.right() != null;
  }
}
