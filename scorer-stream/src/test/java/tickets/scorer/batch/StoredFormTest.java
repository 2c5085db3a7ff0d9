package tickets.scorer.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tickets.contract.EventJson;
import tickets.contract.Sha256;

/** What an unfinished batch comes back as after a restart. */
class StoredFormTest {

  private static final byte[] VALUE = "{\"text\": \"Не горит\"}".getBytes(StandardCharsets.UTF_8);

  @Test
  void aTicketComesBackAsItWas() {
    Map<String, byte[]> headers = new LinkedHashMap<>();
    headers.put("traceparent", "00-1-2-01".getBytes(StandardCharsets.UTF_8));
    headers.put("reply-channel", new byte[] {-1, 0, 1});

    assertComesBack(ticket("Не горит \uD83D\uDD25", headers, VALUE, Sha256.hex(VALUE)));
  }

  @Test
  void aTicketWithoutHeadersAndOriginalComesBackAsItWas() {
    assertComesBack(ticket("text", Map.of(), null, null));
  }

  @Test
  void theJsonOfEarlierVersionsIsStillRead() {
    PendingTicket ticket = ticket("text", Map.of(), VALUE, Sha256.hex(VALUE));

    assertSame(ticket, StoredForm.read(EventJson.write(ticket)));
  }

  @Test
  void theFormOfALaterVersionIsRefusedWithWhatToDo() {
    byte[] stored = StoredForm.write(ticket("text", Map.of(), null, null));
    stored[0] = 2;

    assertThatThrownBy(() -> StoredForm.read(stored))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("a later version wrote it");
  }

  private static PendingTicket ticket(
      String text, Map<String, byte[]> headers, byte[] original, String sha256) {
    return new PendingTicket(
        "id-1",
        text,
        headers,
        Instant.parse("2026-11-25T10:00:00.123Z"),
        Instant.parse("2026-11-25T10:00:00.456Z"),
        "tickets",
        3,
        1L << 40,
        original,
        original == null ? 0 : 70_000,
        sha256);
  }

  private static void assertComesBack(PendingTicket ticket) {
    assertSame(ticket, StoredForm.read(StoredForm.write(ticket)));
  }

  /** Field by field: two tickets are equal if they stand at one position. */
  private static void assertSame(PendingTicket expected, PendingTicket actual) {
    assertThat(actual).usingRecursiveComparison().isEqualTo(expected);
  }
}
