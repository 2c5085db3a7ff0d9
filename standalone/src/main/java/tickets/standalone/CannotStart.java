package tickets.standalone;

/** Why it does not start, in one line for a person, with what to do. */
final class CannotStart extends RuntimeException {

  CannotStart(String message) {
    super(message);
  }

  CannotStart(String message, Throwable cause) {
    super(message, cause);
  }
}
