package tickets.scorer.model;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A model directory that cannot be loaded. The message is for the person who starts the service:
 * which file, what is wrong with it, what to do.
 */
public final class UnusableModel extends RuntimeException {
  private static final long serialVersionUID = 1L;

  UnusableModel(String message) {
    super(message);
  }

  UnusableModel(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  static UnusableModel file(Path file, String problem) {
    return new UnusableModel(file + ": " + problem);
  }

  static UnusableModel file(Path file, String problem, Throwable cause) {
    return new UnusableModel(file + ": " + problem, cause);
  }
}
