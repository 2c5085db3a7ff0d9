package tickets.ingest.submit;

import io.netty.channel.SingleThreadEventLoop;
import io.netty.util.concurrent.EventExecutor;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * Lets an event loop rest while there is more than enough to do, so that calls gather and it wakes
 * once for many of them: what waking costs, and code that has to be fetched anew each time while
 * the scorer has the caches, is in docs/decisions/0009-how-much-is-let-in.md. Used by its loop
 * only.
 */
final class LoopPace {

  /**
   * The longest rest. Who is refused can wait so long, and who was let in waits for much longer.
   */
  static final Duration LONGEST_REST = Duration.ofMillis(20);

  /** Tickets that have their scores sooner are not to be held up. */
  static final Duration LONG_WAIT = Duration.ofMillis(100);

  /** Of what tickets wait, a call may be held up for this part. */
  private static final int PART_OF_WAIT = 20;

  private final BooleanSupplier hasWork;
  private final LongSupplier nanoTime;
  private final LongConsumer sleepNanos;
  private long refusedNanos;
  private boolean resting;

  /**
   * @param hasWork whether calls are waiting for the loop, which then does not rest
   */
  LoopPace(BooleanSupplier hasWork) {
    this(hasWork, System::nanoTime, LockSupport::parkNanos);
  }

  LoopPace(BooleanSupplier hasWork, LongSupplier nanoTime, LongConsumer sleepNanos) {
    this.hasWork = hasWork;
    this.nanoTime = nanoTime;
    this.sleepNanos = sleepNanos;
    refusedNanos = nanoTime.getAsLong() - LONGEST_REST.toNanos();
  }

  /**
   * A call was refused: the loop rests if that is the second one within the time of a rest.
   *
   * @param loop see {@link #endOf}
   */
  void refused(Executor loop) {
    long now = nanoTime.getAsLong();
    boolean again = now - refusedNanos < LONGEST_REST.toNanos();
    refusedNanos = now;
    if (again) {
      rest(loop, LONGEST_REST);
    }
  }

  /**
   * A call was let in that waits for its ticket's score.
   *
   * @param loop see {@link #endOf}
   * @param usualWait how long tickets wait
   */
  void letIn(Executor loop, Duration usualWait) {
    if (usualWait.compareTo(LONG_WAIT) >= 0) {
      Duration part = usualWait.dividedBy(PART_OF_WAIT);
      rest(loop, part.compareTo(LONGEST_REST) < 0 ? part : LONGEST_REST);
    }
  }

  /**
   * What runs on an event loop after all that is due. Were a rest one task among others, time-outs
   * due with it would run after it and before what came meanwhile is read: they would end
   * connections as idle on which a call has just come.
   */
  static Executor endOf(EventExecutor loop) {
    return loop instanceof SingleThreadEventLoop single
        ? single::executeAfterEventLoopIteration
        : loop;
  }

  private void rest(Executor loop, Duration rest) {
    if (!resting) {
      resting = true;
      loop.execute(
          () -> {
            resting = false;
            if (!hasWork.getAsBoolean()) {
              sleepNanos.accept(rest.toNanos());
            }
          });
    }
  }
}
