package tickets.benchmarks.scale;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AssignmentTest {

  @Test
  void evenIsAsEvenAsTheNumbersAllow() {
    assertThat(Assignment.isEven(Map.of("a", List.of(0, 3), "b", List.of(1), "c", List.of(2)), 3))
        .isTrue();
    assertThat(Assignment.isEven(Map.of("a", List.of(0, 1, 3), "b", List.of(2)), 2)).isFalse();
  }

  @Test
  void aPartitionThatNobodyHasOrAThreadThatIsMissingIsWaitedFor() {
    assertThat(Assignment.isEven(Map.of("a", List.of(0, 1), "b", List.of(2)), 2)).isFalse();
    assertThat(Assignment.isEven(Map.of("a", List.of(0, 1, 2, 3)), 2)).isFalse();
    assertThat(Assignment.isEven(Map.of(), 1)).isFalse();
  }
}
