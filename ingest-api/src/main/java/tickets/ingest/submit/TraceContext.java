package tickets.ingest.submit;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tickets.contract.TicketHeaders;

/**
 * The W3C trace a call belongs to, which its ticket carries through every hop.
 *
 * @param traceparent the caller's, or a new one that says "not recorded" if it brought none that is
 *     valid
 * @param tracestate the caller's; null without a valid traceparent, or when too long
 */
record TraceContext(String traceparent, @Nullable String tracestate) {

  private static final Pattern TRACEPARENT =
      Pattern.compile("(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}");

  private static final Pattern TRACESTATE =
      Pattern.compile("[\\x20-\\x7e]{1," + TicketHeaders.MAX_BYTES + "}");

  private static final SecureRandom RANDOM = new SecureRandom();

  static TraceContext of(@Nullable String traceparent, @Nullable String tracestate) {
    if (traceparent == null || !TRACEPARENT.matcher(traceparent).matches()) {
      return new TraceContext("00-" + hex(16) + "-" + hex(8) + "-00", null);
    }
    return new TraceContext(
        traceparent,
        tracestate != null && TRACESTATE.matcher(tracestate).matches() ? tracestate : null);
  }

  private static String hex(int bytes) {
    byte[] random = new byte[bytes];
    RANDOM.nextBytes(random);
    return HexFormat.of().formatHex(random);
  }
}
