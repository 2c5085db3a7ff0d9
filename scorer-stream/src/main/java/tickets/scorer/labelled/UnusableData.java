package tickets.scorer.labelled;

import org.jspecify.annotations.Nullable;

/** Labelled tickets can't be read at all; the message says what to do. */
public final class UnusableData extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public UnusableData(String message) {
    this(message, null);
  }

  public UnusableData(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
