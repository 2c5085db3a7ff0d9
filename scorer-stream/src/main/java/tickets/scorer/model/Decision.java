package tickets.scorer.model;

import org.jspecify.annotations.Nullable;

/**
 * What a model's owner wants made of its probabilities: a rule that chooses, and a band in which
 * people are asked to look.
 *
 * @param review when a ticket is for people; null: never
 */
public record Decision(DecisionRule rule, @Nullable Review review) {

  /** The most probable label, whatever its probability. */
  public static final Decision MOST_PROBABLE = new Decision(new DecisionRule.MostProbable(), null);

  /** The readable priority of a ticket that is for people. */
  public static final String REVIEW = "review";

  /**
   * A ticket is for people if any of these holds.
   *
   * @param below the chosen label's probability is below this; 0: never
   * @param marginBelow the rule's margin is below this; 0: never
   * @param costs a person's look costs this, and the rule expects to cost more; infinite: never
   */
  public record Review(double below, double marginBelow, double costs) {
    boolean covers(double probability, DecisionRule.Choice choice) {
      Double expected = choice.expectedCost();
      return probability < below
          || choice.margin() < marginBelow
          || (expected != null && expected > costs);
    }
  }

  /**
   * @param label index of the label that the rule chose, also where people are to look
   * @param rule its name
   * @param margin as {@link DecisionRule.Choice}
   * @param expectedCost as {@link DecisionRule.Choice}
   * @param review whether people are to look
   */
  public record Decided(
      int label, String rule, double margin, @Nullable Double expectedCost, boolean review) {}

  public Decided decide(double[] probabilities) {
    DecisionRule.Choice choice = rule.decide(probabilities);
    return new Decided(
        choice.label(),
        rule.name(),
        choice.margin(),
        choice.expectedCost(),
        review != null && review.covers(probabilities[choice.label()], choice));
  }
}
