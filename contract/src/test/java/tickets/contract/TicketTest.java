package tickets.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A record on the topic tickets")
class TicketTest {

  private static final int MAX_CHARS = 20;

  @Nested
  @DisplayName("gets its id")
  class Id {

    @Test
    void fromTheKeyWhenTheBodyHasNone() throws InvalidTicket {
      assertThat(read("desk-1", "{\"text\":\"a\"}").taskId()).isEqualTo("desk-1");
    }

    @Test
    void fromTheBodyWhenThereIsNoKey() throws InvalidTicket {
      assertThat(read(null, "{\"text\":\"a\",\"task_id\":\"b\"}").taskId()).isEqualTo("b");
      assertThat(read("", "{\"text\":\"a\",\"task_id\":\"b\"}").taskId()).isEqualTo("b");
    }

    @Test
    void fromItsPositionWhenNeitherHasOne() throws InvalidTicket {
      assertThat(read(null, "{\"text\":\"a\"}").taskId()).isEqualTo("tickets-3-42");
    }

    @Test
    void andIsRefusedWhenKeyAndBodyDiffer() {
      assertRefused("desk-1", "{\"text\":\"a\",\"task_id\":\"desk-2\"}", Rejection.Code.INVALID);
    }

    @Test
    void andIsRefusedWhenTheKeyCannotBeOne() {
      assertRefused("with space", "{\"text\":\"a\"}", Rejection.Code.INVALID);
      assertRefused("x".repeat(129), "{\"text\":\"a\"}", Rejection.Code.INVALID);
      assertThatThrownBy(
              () ->
                  Ticket.fromRecord(
                      new byte[] {(byte) 0xff},
                      bytes("{\"text\":\"a\"}"),
                      Topics.TICKETS,
                      3,
                      42,
                      MAX_CHARS))
          .isInstanceOf(InvalidTicket.class);
    }

    @Test
    void evenWhenItCannotBeRead() {
      assertThat(Ticket.idOfUnreadable(bytes("desk-1"), Topics.TICKETS, 3, 42)).isEqualTo("desk-1");
      assertThat(Ticket.idOfUnreadable(bytes("no good"), Topics.TICKETS, 3, 42))
          .isEqualTo("tickets-3-42");
      assertThat(Ticket.idOfUnreadable(null, Topics.TICKETS, 3, 42)).isEqualTo("tickets-3-42");
    }
  }

  @Nested
  @DisplayName("has a text")
  class Text {

    @Test
    void strippedAndWithoutWhatNoStoreCanHold() throws InvalidTicket {
      assertThat(read("k", "{\"text\":\" \\n a\\u0000b\\ud800c \\u00a0\"}").text())
          .isEqualTo("a\uFFFDb\uFFFDc \u00a0");
    }

    @Test
    void countedInCodePoints() throws InvalidTicket {
      String twenty = "😀".repeat(MAX_CHARS);
      assertThat(read("k", "{\"text\":\"  " + twenty + "  \"}").text()).isEqualTo(twenty);
      assertRefused("k", "{\"text\":\"" + twenty + "x\"}", Rejection.Code.TOO_LONG);
    }

    @Test
    void orSubjectAndBodyJoinedByABlankLine() throws InvalidTicket {
      assertThat(read("k", "{\"subject\":\"s \",\"body\":\" b\"}").text()).isEqualTo("s\n\nb");
      assertThat(read("k", "{\"subject\":\"s\"}").text()).isEqualTo("s");
      assertThat(read("k", "{\"body\":\"b\",\"subject\":null}").text()).isEqualTo("b");
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "{}",
          "{\"text\":\"  \\n\"}",
          "{\"text\":[\"a\"]}",
          "{\"subject\":\" \",\"body\":\"\"}",
          "{\"text\":\"a\",\"task_id\":5}"
        })
    void orIsInvalid(String body) {
      assertRefused("k", body, Rejection.Code.INVALID);
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "",
          "nonsense",
          "[]",
          "\"text\"",
          "{\"text\":\"a\"",
          "{\"text\":\"a\"} trailing",
          "{\"text\":\"a\",\"text\":\"b\"}"
        })
    void orIsUnreadable(String body) {
      assertRefused("k", body, Rejection.Code.UNREADABLE);
    }

    @Test
    void orIsUnreadableWithoutAValueWithBrokenUtf8OrEndlessNesting() {
      assertThatThrownBy(
              () -> Ticket.fromRecord(bytes("k"), null, Topics.TICKETS, 3, 42, MAX_CHARS))
          .asInstanceOf(type(InvalidTicket.class))
          .returns(Rejection.Code.UNREADABLE, InvalidTicket::code);
      byte[] broken = bytes("{\"text\":\"aXb\"}");
      broken[10] = (byte) 0xC3;
      assertThatThrownBy(
              () -> Ticket.fromRecord(bytes("k"), broken, Topics.TICKETS, 3, 42, MAX_CHARS))
          .asInstanceOf(type(InvalidTicket.class))
          .returns(Rejection.Code.UNREADABLE, InvalidTicket::code);
      assertRefused("k", "{\"text\":\"a\",\"x\":" + "[".repeat(100_000), Rejection.Code.UNREADABLE);
    }
  }

  @Test
  void unknownFieldsAreIgnored() throws InvalidTicket {
    Ticket ticket = read("k", "{\"text\":\"a\",\"tags\":[{\"x\":1}],\"source\":\"desk\"}");
    assertThat(ticket).isEqualTo(new Ticket("k", "a", null, "desk"));
  }

  @Test
  void aTimeThatCannotBeReadIsLeftOutRatherThanTheTicket() throws InvalidTicket {
    assertThat(read("k", "{\"text\":\"a\",\"submitted_at\":\"2026-11-25T09:00:00+03:00\"}"))
        .returns(Instant.parse("2026-11-25T06:00:00Z"), Ticket::submittedAt);
    assertThat(read("k", "{\"text\":\"a\",\"submitted_at\":\"yesterday\"}").submittedAt()).isNull();
    assertThat(read("k", "{\"text\":\"a\",\"submitted_at\":17}").submittedAt()).isNull();
    assertThat(
            read("k", "{\"text\":\"a\",\"submitted_at\":\"+999999-01-01T00:00:00Z\"}")
                .submittedAt())
        .isNull();
  }

  @Test
  void aMessageNeverRepeatsTheText() {
    assertThatThrownBy(() -> read("k", "{\"text\":\"geheim\",\"text\":\"geheim\"}"))
        .hasMessageNotContaining("geheim");
    assertThatThrownBy(() -> read("k", "geheim")).hasMessageNotContaining("geheim");
  }

  private static void assertRefused(String key, String body, Rejection.Code code) {
    assertThatThrownBy(() -> read(key, body))
        .asInstanceOf(type(InvalidTicket.class))
        .returns(code, InvalidTicket::code);
  }

  private static Ticket read(String key, String body) throws InvalidTicket {
    return Ticket.fromRecord(
        key == null ? null : bytes(key), bytes(body), Topics.TICKETS, 3, 42, MAX_CHARS);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
