package tickets.ingest.submit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Runs sends on threads of their own: one that comes alone at once, those that come soon after one
 * another together, as far apart from those before as the most impatient of them allows. In the
 * order in which they came, but that one which blocks does not hold up those of later groups.
 */
final class SentTogether implements AutoCloseable {

  private final ScheduledThreadPoolExecutor threads;
  private final LinkedBlockingQueue<Runnable> waiting;

  /** When the last group left, if there was one; guarded by this. */
  private @Nullable Long leftNanos;

  /** When a thread will come for what waits, null if none will; guarded by this. */
  private @Nullable Long dueNanos;

  /**
   * @param senders that may block at the same time
   * @param most sends that may wait
   */
  SentTogether(int senders, int most, ThreadFactory factory) {
    this.threads = new ScheduledThreadPoolExecutor(senders, factory);
    this.waiting = new LinkedBlockingQueue<>(most);
  }

  /**
   * @param apart how far its group may be from the one before; less where another of them says so
   * @param send must not throw: those of its group would be lost
   * @return false, and nothing is sent, if too many wait or this is closed
   */
  boolean offer(Duration apart, Runnable send) {
    synchronized (this) {
      if (threads.isShutdown() || !waiting.offer(send)) {
        return false;
      }
      long now = System.nanoTime();
      long due = leftNanos == null ? now : leftNanos + apart.toNanos();
      if (dueNanos == null || due - dueNanos < 0) {
        // One that is due later than this finds nothing, or what came since.
        dueNanos = due;
        threads.schedule(this::sendAll, Math.max(0, due - now), TimeUnit.NANOSECONDS);
      }
    }
    return true;
  }

  private void sendAll() {
    List<Runnable> group = new ArrayList<>();
    synchronized (this) {
      if (waiting.isEmpty()) {
        return;
      }
      dueNanos = null;
      leftNanos = System.nanoTime();
      waiting.drainTo(group);
    }
    group.forEach(Runnable::run);
  }

  /** Takes no more; what waits is still sent. */
  @Override
  public synchronized void close() {
    threads.shutdown();
  }
}
