package tickets.contract;

/** A ticket that breaks a rule of the contract. The message says which and what to do. */
public final class InvalidTicket extends Exception {

  private final Rejection.Code code;

  public InvalidTicket(Rejection.Code code, String message) {
    super(message);
    this.code = code;
  }

  /** {@link Rejection.Code#UNREADABLE}, {@code INVALID} or {@code TOO_LONG}. */
  public Rejection.Code code() {
    return code;
  }

  public String reason() {
    return String.valueOf(getMessage());
  }
}
