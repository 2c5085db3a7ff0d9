package tickets.ingest.submit;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

/**
 * Keeps the calls that are let in from holding up all others of their event loop. Each takes the
 * loop for a millisecond or so, hundreds are let in at once when a crowd comes to an idle desk, and
 * a loop that works through all of them first reads nothing else for seconds. So it works on them
 * for {@link #TURN} at a time, in their order, and between two turns does whatever else there is:
 * refuses, answers, reads. Used by its loop only.
 */
final class LoopTurns {

  /** Then whatever else there is has its turn, unless one call takes longer. */
  static final Duration TURN = Duration.ofMillis(10);

  private final LongSupplier nanoTime;
  private final Queue<Runnable> waiting = new ArrayDeque<>();
  private long usedNanos;
  private boolean endAwaited;

  LoopTurns() {
    this(System::nanoTime);
  }

  LoopTurns(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Whether calls wait for the loop's next turn. */
  boolean areTaken() {
    return !waiting.isEmpty();
  }

  /**
   * Works on a call that was let in: at once if the loop has time for it, else in a later turn.
   *
   * @param loop to run on
   * @param endOfLoop see {@link LoopPace#endOf}
   */
  void take(Executor loop, Executor endOfLoop, Runnable call) {
    endLater(loop, endOfLoop);
    if (waiting.isEmpty() && hasTime()) {
      work(call);
    } else {
      waiting.add(call);
    }
  }

  private boolean hasTime() {
    return usedNanos < TURN.toNanos();
  }

  private void work(Runnable call) {
    long began = nanoTime.getAsLong();
    try {
      call.run();
    } finally {
      usedNanos += nanoTime.getAsLong() - began;
    }
  }

  private void endLater(Executor loop, Executor endOfLoop) {
    if (!endAwaited) {
      endAwaited = true;
      endOfLoop.execute(() -> end(loop, endOfLoop));
    }
  }

  /** The loop has read and done all that was there: it is the turn of those that wait. */
  private void end(Executor loop, Executor endOfLoop) {
    endAwaited = false;
    usedNanos = 0;
    try {
      while (!waiting.isEmpty() && hasTime()) {
        work(waiting.remove());
      }
    } finally {
      usedNanos = 0;
      if (!waiting.isEmpty()) {
        // By way of the loop: what is put at its end from there would run before it reads.
        loop.execute(() -> endLater(loop, endOfLoop));
      }
    }
  }
}
