package tickets.scorer.evaluate;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static tickets.scorer.evaluate.JudgedRows.row;

import java.util.List;
import org.junit.jupiter.api.Test;
import tickets.scorer.model.Decision;
import tickets.scorer.model.DecisionRule;

/** A missed critical costs 20 false alarms. */
class CostsTest {
  private static final DecisionRule RULE =
      new DecisionRule.LeastCost(List.of(List.of(0.0, 1.0), List.of(20.0, 0.0)));

  private static final List<String> PRIORITIES = List.of("normal", "critical");

  /** From a probability of 1/21 on, critical is the cheaper choice. */
  private static final List<Judged> ROWS =
      List.of(row(0, 0.99, 0.01), row(0, 0.90, 0.10), row(1, 0.80, 0.20), row(1, 0.10, 0.90));

  @Test
  void strategiesCostWhatIsWorkedOutByHand() {
    Costs costs = requireNonNull(Costs.of(ROWS, new Decision(RULE, null), PRIORITIES, 1));

    Costs.Strategy least = costs.strategies().get(0);
    assertThat(least.name()).isEqualTo("least expected cost");
    // One false alarm in four tickets.
    assertThat(least.cost()).isEqualTo(0.25);
    assertThat(least.falseAlarms()).isEqualTo(1);
    assertThat(least.missed()).isZero();
    assertThat(least.expected()).isCloseTo((0.01 * 20 + 0.90 + 0.80 + 0.10) / 4, within(1e-6));

    Costs.Strategy probable = costs.strategies().get(1);
    // The third ticket is missed.
    assertThat(probable.cost()).isEqualTo(5);
    assertThat(probable.missed()).isEqualTo(1);
    assertThat(probable.expected())
        .isCloseTo((0.01 * 20 + 0.10 * 20 + 0.20 * 20 + 0.10) / 4, within(1e-6));

    Costs.Strategy always = costs.strategies().get(2);
    assertThat(always.name()).isEqualTo("always critical");
    assertThat(always.cost()).isEqualTo(0.5);
    assertThat(always.falseAlarms()).isEqualTo(2);
  }

  @Test
  void lookCostsWhatTheBandSays() {
    Decision decision = new Decision(RULE, new Decision.Review(0, 0, 0.5));
    Costs.Strategy reviewed =
        requireNonNull(Costs.of(ROWS, decision, PRIORITIES, 1)).strategies().get(0);

    // The second and third would be expected to cost more than 0.5.
    assertThat(reviewed.reviewed()).isEqualTo(2);
    assertThat(reviewed.cost()).isEqualTo(2 * 0.5 / 4);
    assertThat(reviewed.expected()).isCloseTo((0.2 + 0.5 + 0.5 + 0.1) / 4, within(1e-6));
  }

  @Test
  void withoutCostsNothingIsReckoned() {
    assertThat(Costs.of(ROWS, Decision.MOST_PROBABLE, PRIORITIES, 1)).isNull();
  }
}
