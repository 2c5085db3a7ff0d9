package tickets.scorer.batch;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tickets.contract.Outcome;
import tickets.scorer.model.ScoredBatch;

/** Is told what became of tickets; for meters. Called on stream threads. */
public interface BatchObserver {

  /**
   * A batch was scored. Its transaction may still be aborted; then it will be scored again.
   *
   * @param fill how much of a full batch it was, 0 to 1
   * @param trigger why it was scored
   * @param waited from reading the batch's first ticket to scoring it
   */
  void scored(ScoredBatch batch, double fill, Trigger trigger, Duration waited);

  /**
   * Tickets of a batch got their outcomes, as its partitions have their turns.
   *
   * @param outcomes one a ticket of a partition, in the tickets' order
   */
  void decided(List<Outcome> outcomes);

  /** The number of tickets that wait for their batch changed by so many. */
  void pendingChangedBy(int tickets);

  /**
   * The oldest ticket of a partition that waits for its batch is another one now.
   *
   * @param topic whose partition it is
   * @param receivedAt when the broker got it; null if none waits
   */
  void oldestPending(String topic, int partition, @Nullable Instant receivedAt);

  /** Why a batch was scored when it was. */
  enum Trigger {
    /** It has as many tickets or tokens as one batch may have. */
    FULL,
    /** No other ticket was at hand that could have joined. */
    ALL,
    /** Its tickets had waited long enough for what might have joined. */
    AGE
  }
}
