package tickets.scorer;

import java.time.Duration;
import java.util.function.LongSupplier;
import tickets.scorer.batch.BatchScoring;

/** Whether tickets came lately whose callers wait for their priority, and for little else. */
final class RecentCalls {

  /** Callers that come one after another are a stream for as long as this lies between two. */
  private static final Duration LATELY = Duration.ofSeconds(5);

  /**
   * Callers whose tickets fill larger batches have a queue of their own: they wait for each other,
   * and the less a ticket costs the sooner they have all their answers.
   */
  static final int FEW = 16;

  /** Weight of the newest batch in what is usual: one small batch is no sign of few callers. */
  private static final double NEWEST = 0.2;

  private final LongSupplier nanoTime;
  private long lastNanos;
  private double usualSize;

  RecentCalls(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.lastNanos = nanoTime.getAsLong() - LATELY.toNanos();
  }

  /** Scores as {@code scoring} does, and notes that callers' tickets came. */
  BatchScoring noting(BatchScoring scoring) {
    return texts -> {
      came(texts.size());
      return scoring.score(texts);
    };
  }

  private synchronized void came(int tickets) {
    usualSize = isOver() ? tickets : usualSize + NEWEST * (tickets - usualSize);
    lastNanos = nanoTime.getAsLong();
  }

  synchronized boolean areThere() {
    return !isOver() && usualSize <= FEW;
  }

  private boolean isOver() {
    return nanoTime.getAsLong() - lastNanos >= LATELY.toNanos();
  }
}
