package tickets.ingest.submit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tickets.contract.Redaction;
import tickets.contract.Sha256;
import tickets.ingest.Refusal;
import tickets.ingest.access.Namespace;

class SubmissionTest {

  private static final String FRESH = "fresh-id";

  private static Submission submission(String json, String... keys) {
    return Submission.of(
        json.getBytes(StandardCharsets.UTF_8),
        List.of(keys),
        TraceContext.of(null, null),
        Namespace.WHOLE,
        100,
        Redaction.of("emails"),
        () -> FRESH,
        0,
        HeadroomTest.place());
  }

  @Test
  void withoutIdOrKeyTheTicketGetsAFreshIdThatIsNotTheCallersOwn() {
    Submission submission = submission("{\"text\":\" Привет \"}");

    assertThat(submission.id()).isEqualTo(FRESH);
    assertThat(submission.ownId()).isFalse();
    assertThat(submission.textSha256()).isEqualTo(Sha256.hex("Привет"));
  }

  @Test
  void whatIsToBeMaskedIsMaskedBeforeItIsHashedAlsoInTheSourceAndOverTwoFields() {
    Submission submission =
        submission("{\"subject\":\"From a@b.ru\",\"body\":\"x@y.org\",\"source\":\"c@d.com\"}");

    assertThat(submission.ticket().text()).isEqualTo("From [EMAIL]\n\n[EMAIL]");
    assertThat(submission.ticket().source()).isEqualTo("[EMAIL]");
    assertThat(submission.textSha256()).isEqualTo(Sha256.hex("From [EMAIL]\n\n[EMAIL]"));
  }

  @Test
  void aTextIsAsLongAsItIsAfterMasking() {
    String grows = "a@b.ru ".repeat(14) + "x";
    assertThat(grows.length()).isLessThan(100);
    assertThatThrownBy(() -> submission("{\"text\":\"" + grows + "\"}"))
        .isInstanceOf(Refusal.class);
  }

  @Test
  void bodyIdNamesTheTicket() {
    Submission submission = submission("{\"task_id\":\"T-1\",\"text\":\"x\"}");

    assertThat(submission.id()).isEqualTo("T-1");
    assertThat(submission.ownId()).isTrue();
  }

  @Test
  void keyNamesTheTicketByItsHash() {
    Submission submission = submission("{\"text\":\"x\"}", "order-17");

    assertThat(submission.id()).isEqualTo(TicketIds.ofKey("default", "order-17"));
    assertThat(submission.ownId()).isTrue();
  }

  @Test
  void idAndKeyMayBothBeGivenWhenTheyNameTheSameTicket() {
    String keyId = TicketIds.ofKey("default", "T-1");

    assertThat(submission("{\"task_id\":\"T-1\",\"text\":\"x\"}", "T-1").id()).isEqualTo("T-1");
    assertThat(submission("{\"task_id\":\"" + keyId + "\",\"text\":\"x\"}", "T-1").id())
        .isEqualTo(keyId);
    assertRefused("{\"task_id\":\"T-2\",\"text\":\"x\"}", "different tickets", "T-1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "with space", "ключ", "tab\there"})
  void keyThatIsNotVisibleAsciiIsRefused(String key) {
    assertRefused("{\"text\":\"x\"}", "Idempotency-Key", key);
  }

  @Test
  void keyMayHave255CharactersAndOneValue() {
    assertThat(submission("{\"text\":\"x\"}", "k".repeat(255)).ownId()).isTrue();
    assertRefused("{\"text\":\"x\"}", "Idempotency-Key", "k".repeat(256));
    assertRefused("{\"text\":\"x\"}", "Idempotency-Key", "a", "b");
  }

  @Test
  void brokenJsonComesWithAHintAndTooLongATextWithItsCode() {
    assertRefused("{\"text\":", "Send {\"text\"");
    assertThatThrownBy(() -> submission("{\"text\":\"" + "x".repeat(101) + "\"}"))
        .isInstanceOfSatisfying(
            Refusal.class, refusal -> assertThat(refusal.code()).isEqualTo("TOO_LONG"));
  }

  private static void assertRefused(String json, String detail, String... keys) {
    assertThatThrownBy(() -> submission(json, keys))
        .isInstanceOfSatisfying(
            Refusal.class,
            refusal -> {
              assertThat(refusal.reason()).isEqualTo(Refusal.Reason.INVALID);
              assertThat(refusal.detail()).contains(detail);
            });
  }
}
