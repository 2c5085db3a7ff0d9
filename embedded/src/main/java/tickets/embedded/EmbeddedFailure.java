package tickets.embedded;

import org.jspecify.annotations.Nullable;

/** A server could not be started. The message is one line for people and says what to do. */
public final class EmbeddedFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  EmbeddedFailure(String message) {
    super(message);
  }

  EmbeddedFailure(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /**
   * The reason in one line: the innermost cause, which is where Kafka and the operating system say
   * what was wrong.
   */
  static String reason(Throwable failure) {
    Throwable innermost = failure;
    while (innermost.getCause() != null && innermost.getCause() != innermost) {
      innermost = innermost.getCause();
    }
    String message = innermost.getMessage();
    return message == null
        ? innermost.getClass().getSimpleName()
        : message.lines().findFirst().orElse(message).replaceFirst("[.]+$", "");
  }
}
