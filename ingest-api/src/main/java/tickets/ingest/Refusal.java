package tickets.ingest;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A call that is not answered as asked. The message is for the caller: what happened and what to
 * do. Which HTTP status it becomes stands in {@link IngestProblems} only.
 */
public final class Refusal extends RuntimeException {

  /** Why; the set is closed. */
  public enum Reason {
    /** The body or a header breaks a rule of the contract. */
    INVALID,
    /** No key or token was shown, or not one of anybody. */
    UNAUTHENTICATED,
    /** The caller's key or token lacks a scope. */
    FORBIDDEN,
    /** The caller made more calls than it may. */
    TOO_MANY_CALLS,
    /** The issuer that vouches for a token can't be asked. */
    ISSUER_DOWN,
    /** No store knows the id. */
    UNKNOWN_TICKET,
    /** The id or key was used with another text. */
    TEXT_DIFFERS,
    /** The pipeline rejected the ticket for what it is. */
    REJECTED,
    /** The ticket has no score, or none yet. */
    NOT_SCORED,
    /** The ticket's text, which the call needs, is not kept. */
    TEXT_NOT_KEPT,
    /** The model failed on this ticket. */
    MODEL_FAULT,
    /** Kafka did not confirm the ticket in time. */
    KAFKA_DOWN,
    /** The scorer is too far behind. */
    BACKLOG,
    /** More tickets come in than are scored. */
    OVERLOADED,
    /** As many callers wait as are allowed to. */
    NO_PERMIT,
    /** Another call with the same id is being accepted right now. */
    IN_FLIGHT,
    /** The model can't be commanded now. */
    ANOTHER_COMMAND,
    /** A store that may know the id can't be asked. */
    STORE_DOWN,
    /** No ticket can be accepted and scored now. */
    NOT_READY,
    /** The pipeline did not answer within the caller's time. */
    TIMED_OUT,
    /** No scorer explained within the caller's time. */
    EXPLAINED_LATE
  }

  private final Reason reason;
  private final @Nullable String taskId;
  private final @Nullable String code;
  private final Map<String, Object> more;
  private final @Nullable Duration retryAfter;

  private Refusal(
      Reason reason,
      String detail,
      @Nullable String taskId,
      @Nullable String code,
      Map<String, Object> more,
      @Nullable Duration retryAfter) {
    // A stack trace says nothing here, and refusing must stay cheap under overload.
    super(detail, null, false, false);
    this.reason = reason;
    this.taskId = taskId;
    this.code = code;
    this.more = more;
    this.retryAfter = retryAfter;
  }

  public static Refusal of(Reason reason, String detail) {
    return new Refusal(reason, detail, null, null, Map.of(), null);
  }

  /** A refusal of a ticket whose id is known. */
  public static Refusal of(Reason reason, String detail, String taskId) {
    return new Refusal(reason, detail, taskId, null, Map.of(), null);
  }

  /** The same with the contract's code for it, such as {@code TOO_LONG}. */
  public Refusal withCode(String rejectionCode) {
    return new Refusal(reason, detail(), taskId, rejectionCode, more, retryAfter);
  }

  /** The same with further members for the problem document. */
  public Refusal with(Map<String, Object> members) {
    return new Refusal(reason, detail(), taskId, code, members, retryAfter);
  }

  /** The same with a better guess of when asking again makes sense than its reason gives. */
  public Refusal retryAfter(Duration later) {
    return new Refusal(reason, detail(), taskId, code, more, later);
  }

  /** The same for who knows the ticket by another id. */
  public Refusal renamed(String from, String to) {
    return new Refusal(reason, detail().replace(from, to), to, code, more, retryAfter);
  }

  public Reason reason() {
    return reason;
  }

  public String detail() {
    return String.valueOf(getMessage());
  }

  public @Nullable String taskId() {
    return taskId;
  }

  public @Nullable String code() {
    return code;
  }

  /** Null if its reason says all that is known. */
  public @Nullable Duration retryAfter() {
    return retryAfter;
  }

  public Map<String, Object> more() {
    return more;
  }
}
