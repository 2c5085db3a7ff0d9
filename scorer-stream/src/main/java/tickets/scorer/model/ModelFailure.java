package tickets.scorer.model;

import org.jspecify.annotations.Nullable;

/**
 * The model could not work out a batch. Whose fault it was, the batch's or the model's, the catcher
 * has to find out.
 */
public final class ModelFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public ModelFailure(String message) {
    super(message);
  }

  public ModelFailure(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
