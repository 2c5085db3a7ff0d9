package tickets.contract;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;

/**
 * What travels beside a ticket through every hop: the trace, and where a caller waits. Anything
 * else that a stranger put on a record stays behind.
 */
public final class TicketHeaders {

  public static final String TRACEPARENT = "traceparent";
  public static final String TRACESTATE = "tracestate";

  /** The Redis channel on which the ingest instance that took the ticket waits for its outcome. */
  public static final String REPLY_CHANNEL = "reply-channel";

  /** A longer value is dropped, not cut. */
  public static final int MAX_BYTES = 512;

  private static final List<String> FORWARDED = List.of(TRACEPARENT, TRACESTATE, REPLY_CHANNEL);

  private static final Pattern CHANNEL =
      Pattern.compile("replies:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

  private TicketHeaders() {}

  /** The headers of {@code from} that go on to the next hop. */
  public static Headers forward(Headers from) {
    Headers forwarded = new RecordHeaders();
    for (String name : FORWARDED) {
      Header header = from.lastHeader(name);
      if (header == null || header.value() == null || header.value().length > MAX_BYTES) {
        continue;
      }
      if (name.equals(REPLY_CHANNEL) && replyChannel(from).isEmpty()) {
        continue;
      }
      forwarded.add(name, header.value());
    }
    return forwarded;
  }

  /** Where to announce the outcome; nothing but {@code replies:<uuid>} is believed. */
  public static Optional<String> replyChannel(Headers headers) {
    Header header = headers.lastHeader(REPLY_CHANNEL);
    if (header == null || header.value() == null || header.value().length > MAX_BYTES) {
      return Optional.empty();
    }
    String channel = new String(header.value(), StandardCharsets.UTF_8);
    return CHANNEL.matcher(channel).matches() ? Optional.of(channel) : Optional.empty();
  }
}
