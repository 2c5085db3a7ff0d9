package tickets.scorer;

import java.time.Duration;
import java.util.function.LongSupplier;
import tickets.scorer.batch.BatchScoring;

/** Whether tickets came lately whose callers wait for their priority. */
final class RecentCalls {

  /** Callers that come one after another are a stream for as long as this lies between two. */
  private static final Duration LATELY = Duration.ofSeconds(5);

  private final LongSupplier nanoTime;
  private volatile long lastNanos;

  RecentCalls(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.lastNanos = nanoTime.getAsLong() - LATELY.toNanos();
  }

  /** Scores as {@code scoring} does, and notes that a caller's tickets came. */
  BatchScoring noting(BatchScoring scoring) {
    return texts -> {
      lastNanos = nanoTime.getAsLong();
      return scoring.score(texts);
    };
  }

  boolean areThere() {
    return nanoTime.getAsLong() - lastNanos < LATELY.toNanos();
  }
}
