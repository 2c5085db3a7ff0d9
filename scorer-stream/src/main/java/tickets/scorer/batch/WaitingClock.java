package tickets.scorer.batch;

import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The time in which a ticket could have joined a batch: it stands still for a thread while that
 * thread scores a batch. Otherwise the batches of its other partitions would all look old
 * afterwards and be scored half empty, with their next tickets already there to be read.
 */
final class WaitingClock {
  private final LongSupplier nanoTime;
  private final ThreadLocal<Long> stoodStill = ThreadLocal.withInitial(() -> 0L);

  WaitingClock(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Nanoseconds of this thread's waiting time; only differences mean something. */
  long now() {
    return nanoTime.getAsLong() - stoodStill.get();
  }

  /** Does {@code work} without waiting time going on. */
  <T> T standingStill(Supplier<T> work) {
    long start = nanoTime.getAsLong();
    try {
      return work.get();
    } finally {
      stoodStill.set(stoodStill.get() + nanoTime.getAsLong() - start);
    }
  }
}
