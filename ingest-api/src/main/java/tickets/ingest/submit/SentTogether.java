package tickets.ingest.submit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/**
 * Runs sends on threads of their own: one that comes alone at once, those that come soon after one
 * another together, so far apart from those before. In the order in which they came, but that one
 * which blocks does not hold up those of later groups.
 */
final class SentTogether implements AutoCloseable {

  private final long apartNanos;
  private final ScheduledThreadPoolExecutor threads;
  private final LinkedBlockingQueue<Runnable> waiting;

  /** When the next group may leave; guarded by this. */
  private long nextNanos = System.nanoTime();

  /** Whether a thread will come for what waits; guarded by this. */
  private boolean expected;

  /**
   * @param apart how far groups are apart at the least
   * @param senders that may block at the same time
   * @param most sends that may wait
   */
  SentTogether(Duration apart, int senders, int most, ThreadFactory factory) {
    this.apartNanos = apart.toNanos();
    this.threads = new ScheduledThreadPoolExecutor(senders, factory);
    this.waiting = new LinkedBlockingQueue<>(most);
  }

  /**
   * @param send must not throw: those of its group would be lost
   * @return false, and nothing is sent, if too many wait or this is closed
   */
  boolean offer(Runnable send) {
    synchronized (this) {
      if (threads.isShutdown() || !waiting.offer(send)) {
        return false;
      }
      if (!expected) {
        expected = true;
        long now = System.nanoTime();
        threads.schedule(this::sendAll, Math.max(0, nextNanos - now), TimeUnit.NANOSECONDS);
      }
    }
    return true;
  }

  private void sendAll() {
    List<Runnable> group = new ArrayList<>();
    synchronized (this) {
      expected = false;
      nextNanos = System.nanoTime() + apartNanos;
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
