package tickets.scorer.finetune;

import org.jspecify.annotations.Nullable;

/** A configuration that can't be followed; the message says what to change. */
final class UnusablePlan extends RuntimeException {
  private static final long serialVersionUID = 1L;

  UnusablePlan(String message) {
    this(message, null);
  }

  UnusablePlan(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
