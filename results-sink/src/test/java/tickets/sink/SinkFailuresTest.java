package tickets.sink;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import reactor.core.Exceptions;

class SinkFailuresTest {

  private static final IOException CAUSE = new IOException("Redis is away");

  @Test
  void theRootOfAFailureIsItsInnermostCause() {
    assertThat(SinkFailures.rootCause(CAUSE)).isSameAs(CAUSE);
    assertThat(SinkFailures.rootCause(new IllegalStateException(new RuntimeException(CAUSE))))
        .isSameAs(CAUSE);
  }

  @Test
  void ofSeveralAtOnceItIsThatOfTheFirst() {
    RuntimeException several =
        Exceptions.multiple(new RuntimeException(CAUSE), new RuntimeException("another"));

    assertThat(SinkFailures.rootCause(new IllegalStateException(several))).isSameAs(CAUSE);
  }
}
