package tickets.ingest.submit;

import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tickets.contract.InvalidTicket;
import tickets.contract.Redaction;
import tickets.contract.Rejection;
import tickets.contract.Sha256;
import tickets.contract.Ticket;
import tickets.contract.TicketDraft;
import tickets.ingest.Refusal;
import tickets.ingest.access.Namespace;

/**
 * A call whose ticket is valid and has an id.
 *
 * @param ticket under its id in the pipeline
 * @param namespace what the caller calls it
 * @param ownId whether the caller chose the id, by body or key, and so may repeat it
 * @param textSha256 tells whether a repeat has the same text
 * @param arrivedNanos {@link System#nanoTime()} when the call arrived; its waits count from there
 * @param place its ticket's place before the scorer
 */
record Submission(
    Ticket ticket,
    Namespace namespace,
    boolean ownId,
    String textSha256,
    TraceContext trace,
    long arrivedNanos,
    Headroom.Place place) {

  private static final Pattern KEY = Pattern.compile("[\\x21-\\x7e]{1,255}");

  /**
   * Applies the contract's rules.
   *
   * @param redaction what is masked: no other part of this service sees the original
   * @param idempotencyKeys values of the header Idempotency-Key, none or one
   * @param freshId makes the id if the caller chose none
   * @throws Refusal with {@link Refusal.Reason#INVALID} if one is broken
   */
  static Submission of(
      byte[] body,
      List<String> idempotencyKeys,
      TraceContext trace,
      Namespace namespace,
      int textMaxChars,
      Redaction redaction,
      Supplier<String> freshId,
      long arrivedNanos,
      Headroom.Place place) {
    TicketDraft draft;
    try {
      draft = TicketDraft.parse(body, textMaxChars, redaction);
    } catch (InvalidTicket e) {
      throw Refusal.of(Refusal.Reason.INVALID, e.reason()).withCode(e.code().name());
    }
    String chosen = chosenId(draft.taskId(), idempotencyKeys, namespace.tenant());
    String id = chosen == null ? freshId.get() : chosen;
    if (id.length() > namespace.longestId()) {
      throw invalid("task_id may have at most " + namespace.longestId() + " characters here.");
    }
    return new Submission(
        new Ticket(namespace.inside(id), draft.text(), draft.submittedAt(), draft.source()),
        namespace,
        chosen != null,
        Sha256.hex(draft.text()),
        trace,
        arrivedNanos,
        place);
  }

  String id() {
    return ticket.taskId();
  }

  private static @Nullable String chosenId(
      @Nullable String bodyId, List<String> keys, String tenant) {
    if (keys.isEmpty()) {
      return bodyId;
    }
    String key = keys.get(0);
    if (keys.size() > 1 || !KEY.matcher(key).matches()) {
      throw invalid("Idempotency-Key must be given once, as 1 to 255 visible ASCII characters.");
    }
    String keyId = TicketIds.ofKey(tenant, key);
    if (bodyId == null || bodyId.equals(keyId)) {
      return keyId;
    }
    if (bodyId.equals(key)) {
      return bodyId;
    }
    throw invalid("task_id and Idempotency-Key name different tickets. Send one of them.");
  }

  private static Refusal invalid(String detail) {
    return Refusal.of(Refusal.Reason.INVALID, detail).withCode(Rejection.Code.INVALID.name());
  }
}
