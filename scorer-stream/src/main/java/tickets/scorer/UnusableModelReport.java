package tickets.scorer;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import tickets.scorer.model.UnusableModel;

/** Has a start without a usable model end in what is wrong with it instead of a stack trace. */
final class UnusableModelReport extends AbstractFailureAnalyzer<UnusableModel> {

  @Override
  protected @Nullable FailureAnalysis analyze(Throwable rootFailure, UnusableModel cause) {
    return new FailureAnalysis(
        "The model can't be used: " + cause.getMessage(),
        "Set MODEL_PATH to a directory with a BERT classifier in Hugging Face layout.",
        cause);
  }
}
