package tickets.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.StreamSupport;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TicketHeadersTest {

  private static final String CHANNEL = "replies:0190a6f2-7c1e-7d3a-9b1c-2f6e5d4c3b2a";

  @Test
  void traceAndReplyChannelGoOnAndNothingElse() {
    Headers headers =
        headers("traceparent", "00-1-2-01")
            .add("tracestate", bytes("a=b"))
            .add("reply-channel", bytes(CHANNEL))
            .add("__TypeId__", bytes("evil"));
    assertThat(names(TicketHeaders.forward(headers)))
        .containsExactly("traceparent", "tracestate", "reply-channel");
    assertThat(TicketHeaders.replyChannel(headers)).contains(CHANNEL);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "outcome:x",
        "replies:",
        "replies:*",
        "replies:0190a6f2-7c1e-7d3a-9b1c-2f6e5d4c3b2a\n",
        "replies:0190A6F2-7c1e-7d3a-9b1c-2f6e5d4c3b2a"
      })
  void aChannelOfAnyOtherFormIsNotBelieved(String channel) {
    Headers headers = headers("reply-channel", channel);
    assertThat(TicketHeaders.replyChannel(headers)).isEmpty();
    assertThat(names(TicketHeaders.forward(headers))).isEmpty();
  }

  @Test
  void whatIsTooLongIsDroppedNotCut() {
    assertThat(names(TicketHeaders.forward(headers("tracestate", "x".repeat(512)))))
        .containsExactly("tracestate");
    assertThat(names(TicketHeaders.forward(headers("tracestate", "x".repeat(513))))).isEmpty();
  }

  @Test
  void aHeaderWithoutValueIsDropped() {
    Headers headers = new RecordHeaders().add("traceparent", null);
    assertThat(names(TicketHeaders.forward(headers))).isEmpty();
    assertThat(TicketHeaders.replyChannel(headers)).isEmpty();
  }

  private static Headers headers(String name, String value) {
    return new RecordHeaders().add(name, bytes(value));
  }

  private static List<String> names(Headers headers) {
    return StreamSupport.stream(headers.spliterator(), false).map(Header::key).toList();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
