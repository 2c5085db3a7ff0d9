package tickets.benchmarks.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class JudgedTest {
  private static final List<Double> SURE = List.of(1.0, 0.0);
  private static final List<Double> UNSURE = List.of(0.6, 0.4);

  @Test
  void macroF1IsTheMeanOverLabelsAndNotOverTickets() {
    // Label 0: precision 3/4, recall 1, F1 6/7. Label 1: precision 1, recall 1/2, F1 2/3.
    Judged judged = judged(List.of(0, 0, 0, 1, 1), List.of(0, 0, 0, 0, 1), SURE);

    assertThat(judged.macroF1()).isCloseTo((6.0 / 7 + 2.0 / 3) / 2, within(1e-9));
  }

  @Test
  void aLabelThatIsNeverChosenCountsAsNothing() {
    Judged judged = judged(List.of(0, 1), List.of(0, 0), SURE);

    assertThat(judged.macroF1()).isCloseTo((2.0 / 3 + 0) / 2, within(1e-9));
  }

  @Test
  void differenceIsOfLabelsChosenAndOfProbabilities() {
    Judged exact = judged(List.of(0, 1), List.of(0, 1), SURE);
    Judged other = judged(List.of(0, 1), List.of(0, 0), UNSURE);

    Judged.Difference difference = exact.to(other);

    assertThat(difference.labelsEqual()).isEqualTo(0.5);
    assertThat(difference.meanChange()).isCloseTo(0.4, within(1e-9));
    assertThat(difference.f1Loss()).isCloseTo(1 - 1.0 / 3, within(1e-9));
  }

  private static Judged judged(
      List<Integer> labels, List<Integer> chosen, List<Double> probabilities) {
    return new Judged(labels, chosen, Collections.nCopies(labels.size(), probabilities));
  }
}
