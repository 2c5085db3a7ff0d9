package tickets.ingest.submit;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class TraceContextTest {

  private static final String VALID = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

  @Test
  void validTraceIsForwarded() {
    assertThat(TraceContext.of(VALID, "vendor=1")).isEqualTo(new TraceContext(VALID, "vendor=1"));
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(
      strings = {
        "",
        "nonsense",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01"
      })
  void withoutAValidTraceANewOneBegins(@Nullable String traceparent) {
    TraceContext trace = TraceContext.of(traceparent, "vendor=1");

    assertThat(trace.traceparent())
        .matches("00-[0-9a-f]{32}-[0-9a-f]{16}-00")
        .isNotEqualTo(TraceContext.of(traceparent, null).traceparent());
    assertThat(trace.tracestate()).isNull();
  }

  @Test
  void stateThatIsTooLongIsLeftOut() {
    assertThat(TraceContext.of(VALID, "v=" + "x".repeat(511)).tracestate()).isNull();
  }
}
