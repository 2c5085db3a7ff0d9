package tickets.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/**
 * Whatever strangers put on a topic ends as the contract says: a value that keeps its promises, or
 * the documented exception, which never repeats what a customer wrote.
 */
class HostileEventsTest {

  private static final String SECRET = "geheim";
  private static final int MAX_CHARS = 100;

  /** Far more than any of it takes, so that an endless loop fails instead of hanging the build. */
  private static final Duration ENDLESS = Duration.ofSeconds(30);

  @Provide
  Arbitrary<byte[]> tickets() {
    return Damaged.anyOf(
            utf8("{\"text\":\"geheim geheim\"}"),
            utf8(
                "{\"task_id\":\"desk-1\",\"subject\":\"geheim\",\"body\":\"und geheim\","
                    + "\"submitted_at\":\"2026-11-25T09:00:00+03:00\",\"source\":\"desk\","
                    + "\"tags\":[{\"x\":1.5e3}]}"),
            utf8("geheim"))
        .injectNull(0.01);
  }

  @Provide
  Arbitrary<byte[]> keys() {
    return Damaged.anyOf(utf8("desk-1"), utf8("x".repeat(128)), new byte[200_000]).injectNull(0.05);
  }

  @Property
  void aRecordIsATicketThatKeepsItsPromisesOrInvalid(
      @ForAll("keys") byte @Nullable [] key, @ForAll("tickets") byte @Nullable [] value) {
    try {
      Ticket ticket =
          assertTimeoutPreemptively(
              ENDLESS, () -> Ticket.fromRecord(key, value, Topics.TICKETS, 3, 42, MAX_CHARS));

      assertThat(TicketId.isValid(ticket.taskId())).isTrue();
      assertThat(ticket.text()).isEqualTo(ticket.text().strip()).isNotEmpty();
      assertThat(ticket.text().codePointCount(0, ticket.text().length()))
          .isLessThanOrEqualTo(MAX_CHARS);
      assertStorable(ticket.text());
      if (ticket.source() != null) {
        assertThat(ticket.source().length()).isLessThanOrEqualTo(256);
        assertStorable(ticket.source());
      }
    } catch (Exception e) {
      assertThat(e).isInstanceOf(InvalidTicket.class).hasMessageNotContaining(SECRET);
      assertThat(((InvalidTicket) e).code().blamesTheTicket()).isTrue();
      assertThat(TicketId.isValid(Ticket.idOfUnreadable(key, Topics.TICKETS, 3, 42))).isTrue();
    }
  }

  private static void assertStorable(String text) {
    assertThat(text).doesNotContain("\0");
    assertThat(new String(utf8(text), StandardCharsets.UTF_8))
        .as("UTF-8 holds it, so no lone surrogates")
        .isEqualTo(text);
  }

  @Provide
  Arbitrary<byte[]> outcomes() throws IOException {
    return Damaged.anyOf(example("scored-ticket"), example("rejection"), utf8("null"));
  }

  @Property
  void anOutcomeIsReadInFullOrNotAtAll(@ForAll("outcomes") byte[] json) throws IOException {
    Outcome outcome;
    try {
      outcome = assertTimeoutPreemptively(ENDLESS, () -> EventJson.readOutcome(json));
    } catch (Exception e) {
      assertThat(e).isInstanceOf(IOException.class).hasMessageNotContaining(SECRET);
      return;
    }
    assertThat(outcome).isNotNull();
    assertThat(EventJson.readOutcome(EventJson.write(outcome)).taskId())
        .as("what was read can be passed on")
        .isEqualTo(outcome.taskId());
  }

  @Provide
  Arbitrary<byte[]> headerValues() {
    return Damaged.anyOf(
            utf8("replies:0190a5a0-0000-7000-8000-000000000001"),
            utf8("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
            new byte[100_000])
        .injectNull(0.05);
  }

  @Provide
  Arbitrary<String> headerNames() {
    return Arbitraries.of(
        TicketHeaders.REPLY_CHANNEL, TicketHeaders.TRACEPARENT, TicketHeaders.TRACESTATE, "x", "");
  }

  @Property
  void onlyShortHeadersOfOursAreForwardedAndOnlyAReplyChannelIsBelieved(
      @ForAll("headerNames") String name,
      @ForAll("headerNames") String other,
      @ForAll("headerValues") byte @Nullable [] value,
      @ForAll("headerValues") byte @Nullable [] another) {
    Headers headers = new RecordHeaders().add(name, value).add(other, another);

    Header[] forwarded = TicketHeaders.forward(headers).toArray();
    Optional<String> channel = TicketHeaders.replyChannel(headers);

    assertThat(forwarded)
        .allSatisfy(
            header -> {
              assertThat(header.key())
                  .isIn(
                      TicketHeaders.REPLY_CHANNEL,
                      TicketHeaders.TRACEPARENT,
                      TicketHeaders.TRACESTATE);
              assertThat(header.value()).isNotNull().hasSizeLessThanOrEqualTo(512);
            });
    channel.ifPresent(believed -> assertThat(believed).matches("replies:[0-9a-f-]{36}"));
    assertThat(channel.isPresent())
        .isEqualTo(
            Arrays.stream(forwarded).anyMatch(h -> h.key().equals(TicketHeaders.REPLY_CHANNEL)));
  }

  /** The examples of the contract, with the secret wherever a text stands. */
  private static byte[] example(String name) throws IOException {
    try (var in = HostileEventsTest.class.getResourceAsStream("/examples/" + name + ".json")) {
      if (in == null) {
        throw new UncheckedIOException(new IOException("No example " + name));
      }
      return utf8(
          new String(in.readAllBytes(), StandardCharsets.UTF_8)
              .replace("API down", SECRET)
              .replace("WzEsMiwzXQ==", SECRET));
    }
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
