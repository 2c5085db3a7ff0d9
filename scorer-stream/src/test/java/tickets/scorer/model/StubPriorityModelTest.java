package tickets.scorer.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StubPriorityModelTest extends PriorityModelContract {
  @Override
  PriorityModel create() {
    return new StubPriorityModel();
  }

  @Override
  double tolerance() {
    return 0;
  }

  @Test
  void eachCoreGetsAPassIfThatIsWorthIt() {
    StubPriorityModel model = new StubPriorityModel();
    List<int[]> four =
        IntStream.rangeClosed(1, 4)
            .mapToObj(i -> IntStream.range(i, i + model.passOverhead()).toArray())
            .toList();

    assertThat(model.passes(four, 1)).hasSize(1);
    assertThat(model.passes(four, 2)).extracting(TokenBatch::size).containsExactly(2, 2);
    assertThat(model.passes(four.subList(0, 2), 2)).as("too little to share").hasSize(1);
    assertThat(model.passes(four, 16)).extracting(TokenBatch::size).containsExactly(2, 2);
    assertThat(model.passes(Collections.nCopies(9, new int[0]), 2)).hasSize(1);
  }
}
