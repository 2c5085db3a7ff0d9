package tickets.ingest.correct;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tickets.contract.ScoredTicket;
import tickets.ingest.Refusal;

class KnownPrioritiesTest {

  private static KnownPriorities known(String... labelsAndNames) {
    Map<String, String> names = new LinkedHashMap<>();
    for (int i = 0; i < labelsAndNames.length; i += 2) {
      names.put(labelsAndNames[i], labelsAndNames[i + 1]);
    }
    return KnownPriorities.of(new ScoredTicket.Model("m", "1", "d".repeat(64), names));
  }

  @ParameterizedTest
  @CsvSource({
    "LABEL_1, LABEL_1, Срочно",
    "label_1, LABEL_1, Срочно",
    "срочно, LABEL_1, Срочно",
    "LOW, LABEL_0, low"
  })
  void aLabelOrItsNameInAnyCaseIsUnderstood(String word, String label, String name) {
    assertThat(known("LABEL_0", "low", "LABEL_1", "Срочно").meantBy(word))
        .isEqualTo(new KnownPriorities.Priority(label, name));
  }

  @Test
  void aLabelGoesBeforeANameAndTheExactWordBeforeOthers() {
    KnownPriorities crossed = known("low", "high", "high", "low", "High", "urgent");
    assertThat(crossed.meantBy("low").label()).isEqualTo("low");
    assertThat(crossed.meantBy("High").label()).isEqualTo("High");
    assertThat(crossed.meantBy("urgent").label()).isEqualTo("High");
  }

  @Test
  void aWordThatMeansTwoThingsIsRefused() {
    assertThatThrownBy(() -> known("A", "same", "B", "Same", "C", "x").meantBy("SAME"))
        .isInstanceOf(Refusal.class)
        .hasMessage(
            "More than one label of the model is meant by this. Send the label itself: A (same), B (Same), C (x).");
  }

  @Test
  void anotherWordIsRefusedWithThoseThereAre() {
    assertThatThrownBy(() -> known("A", "A", "B", "urgent").meantBy("secret"))
        .isInstanceOf(Refusal.class)
        .hasMessage("The model knows no such priority. Send one of: A, B (urgent).")
        .satisfies(
            refusal ->
                assertThat(((Refusal) refusal).more())
                    .containsEntry("allowed", Map.of("A", "A", "B", "urgent")));
  }

  @Test
  void whereNoModelIsKnownAPersonIsTakenAtTheirWord() {
    for (KnownPriorities unknown :
        new KnownPriorities[] {
          KnownPriorities.of(null),
          KnownPriorities.of(new ScoredTicket.Model("m", "1", "d".repeat(64)))
        }) {
      assertThat(unknown.meantBy("urgent"))
          .isEqualTo(new KnownPriorities.Priority("urgent", "urgent"));
    }
  }
}
