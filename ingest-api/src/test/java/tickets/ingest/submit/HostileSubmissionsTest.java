package tickets.ingest.submit;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;
import tickets.contract.CacheKeys;
import tickets.contract.EventJson;
import tickets.contract.Redaction;
import tickets.contract.TicketHeaders;
import tickets.contract.TicketId;
import tickets.ingest.Refusal;
import tickets.ingest.access.Namespace;

/**
 * Whatever a caller sends as id, key, text or trace: a call becomes a ticket whose id names one, or
 * it is refused as invalid without repeating the text.
 */
class HostileSubmissionsTest {

  private static final String SECRET = "geheim";

  /** Good ids and keys, and what looks like one or breaks something else. */
  @Provide
  Arbitrary<String> names() {
    return Arbitraries.oneOf(
        Arbitraries.of(
            "T-1",
            "x".repeat(128),
            "x".repeat(129),
            "k".repeat(255),
            "k".repeat(300),
            "",
            " ",
            "a\nb",
            "a\r\nLocation: x",
            "../../status",
            "%00",
            "a\u0000",
            "\ud800",
            "ключ",
            "null",
            "'; drop table ticket; --",
            "*",
            "T-1\n"),
        Arbitraries.strings().ofMaxLength(300),
        Arbitraries.strings().ascii().ofMaxLength(10),
        Arbitraries.strings().withCharRange('-', 'z').ofMaxLength(140));
  }

  @Provide
  Arbitrary<List<String>> keys() {
    return names().list().ofMaxSize(2);
  }

  @Property
  void aCallBecomesATicketWithAnIdOrIsRefusedAsInvalid(
      @ForAll("names") String id, @ForAll boolean withId, @ForAll("keys") List<String> keys) {
    var body = EventJson.mapper().createObjectNode().put("text", SECRET);
    if (withId) {
      body.put("task_id", id);
    }
    try {
      Submission submission =
          Submission.of(
              body.toString().getBytes(StandardCharsets.UTF_8),
              keys,
              TraceContext.of(null, null),
              Namespace.WHOLE,
              100,
              Redaction.of("emails,phones,cards,ibans,ips"),
              () -> "fresh-id",
              0,
              HeadroomTest.place());

      assertThat(TicketId.isValid(submission.id())).isTrue();
      assertThat(submission.ownId()).isEqualTo(withId || !keys.isEmpty());
      if (withId && keys.isEmpty()) {
        assertThat(submission.id()).isEqualTo(id);
      }
    } catch (Refusal refused) {
      assertThat(refused.reason()).isEqualTo(Refusal.Reason.INVALID);
      assertThat(refused.detail()).doesNotContain(SECRET);
    }
  }

  @Property
  void everyKeyNamesOneTicketForEver(@ForAll("names") String key) {
    String id = TicketIds.ofKey(CacheKeys.DEFAULT_TENANT, key);

    assertThat(TicketId.isValid(id)).isTrue();
    assertThat(TicketIds.ofKey(CacheKeys.DEFAULT_TENANT, key)).isEqualTo(id);
  }

  @Provide
  Arbitrary<String> traces() {
    String valid = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    return Arbitraries.oneOf(
            names(),
            Arbitraries.of(valid, valid + "-more", "ff" + valid.substring(2), "x".repeat(600)))
        .injectNull(0.1);
  }

  @Property
  void aTraceIsAlwaysValidAndFitsItsHeaders(
      @ForAll("traces") @Nullable String traceparent, @ForAll("traces") @Nullable String state) {
    TraceContext trace = TraceContext.of(traceparent, state);

    assertThat(trace.traceparent()).matches("[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}");
    if (trace.tracestate() != null) {
      assertThat(trace.tracestate().getBytes(StandardCharsets.UTF_8))
          .hasSizeBetween(1, TicketHeaders.MAX_BYTES);
      assertThat(trace.traceparent()).isEqualTo(traceparent);
    }
  }
}
