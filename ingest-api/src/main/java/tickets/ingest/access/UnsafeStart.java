package tickets.ingest.access;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Settings that leave a door open, or make no sense. One line, with what to do; no key or hash. */
public final class UnsafeStart extends RuntimeException {

  private static final long serialVersionUID = 1;

  UnsafeStart(String message) {
    super(message);
  }

  /** Has the start end in that line instead of a stack trace. */
  static final class Report extends AbstractFailureAnalyzer<UnsafeStart> {

    @Override
    protected @Nullable FailureAnalysis analyze(Throwable rootFailure, UnsafeStart cause) {
      return new FailureAnalysis(String.valueOf(cause.getMessage()), null, cause);
    }
  }
}
