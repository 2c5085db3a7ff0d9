package tickets.scorer.model;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The cores of the processor, as the batches under way share them. Each batch has one, that of the
 * thread that brought it; while others are idle its passes are worked out on those as well, and a
 * helper goes when another batch comes. So one batch alone takes half as long on two cores, and
 * with as many batches as cores nothing is shared (docs/decisions/0023-one-batch-on-all-cores.md).
 */
final class Cores {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private static final Cores OF_THIS_PROCESS =
      new Cores(Runtime.getRuntime().availableProcessors());

  private final int count;
  private final AtomicInteger busy = new AtomicInteger();
  private final Executor threads;

  Cores(int count) {
    this.count = count;
    threads =
        new ThreadPoolExecutor(
            0,
            Integer.MAX_VALUE,
            10,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            task -> {
              Thread thread = new Thread(task, "scoring-helper");
              thread.setDaemon(true);
              return thread;
            });
  }

  /** Several models may score in a process; the cores are the same. */
  static Cores ofThisProcess() {
    return OF_THIS_PROCESS;
  }

  /** Threads at a batch now: those that brought one, and helpers. */
  int busy() {
    return busy.get();
  }

  /** To be closed by the same thread when its batch is scored. */
  Batch begin() {
    busy.incrementAndGet();
    return new Batch();
  }

  private boolean takeIdle() {
    int now = busy.get();
    while (now < count) {
      if (busy.compareAndSet(now, now + 1)) {
        return true;
      }
      now = busy.get();
    }
    return false;
  }

  /** Whether another batch has come since, which needs a core of its own. */
  private boolean isCrowded() {
    return busy.get() > count;
  }

  private void leave() {
    busy.decrementAndGet();
  }

  /** The cores of one batch; used by the thread that brought it. */
  final class Batch implements AutoCloseable {
    private final AtomicLong helpersCpuNanos = new AtomicLong();

    private Batch() {}

    /** How many it could have at this moment, 1 or more. */
    int cores() {
      return 1 + Math.max(0, count - busy.get());
    }

    /** CPU time of others than the thread that brought the batch. */
    Duration helpersCpu() {
      return Duration.ofNanos(helpersCpuNanos.get());
    }

    /**
     * Does something with each, on as many cores as are idle meanwhile. Returns when nobody is at
     * it any more.
     *
     * @param all the longest last: that is begun with, so that all cores end at about the same time
     * @return in the order of {@code all}
     * @throws RuntimeException what {@code each} threw first; what had not begun by then is left
     */
    <I, O> List<O> map(List<I> all, Function<I, O> each) {
      Round<I, O> round = new Round<>(all, each);
      round.work(false);
      return round.results();
    }

    @Override
    public void close() {
      leave();
    }

    private final class Round<I, O> {
      private final List<I> all;
      private final Function<I, O> each;
      private final AtomicInteger next = new AtomicInteger();
      private final List<@Nullable O> results;
      private int helpers;
      private @Nullable Throwable failure;

      Round(List<I> all, Function<I, O> each) {
        this.all = all;
        this.each = each;
        results = new ArrayList<>(Collections.nCopies(all.size(), null));
      }

      void work(boolean helping) {
        int taken;
        while (!(helping && isCrowded()) && (taken = next.getAndIncrement()) < all.size()) {
          // Before each: a core may have become idle since.
          while (!helping && next.get() < all.size() && takeIdle()) {
            ask();
          }
          int mine = all.size() - 1 - taken;
          try {
            O result = each.apply(all.get(mine));
            synchronized (this) {
              results.set(mine, result);
            }
          } catch (RuntimeException | Error e) {
            synchronized (this) {
              failure = failure == null ? e : failure;
            }
            next.set(all.size());
          }
        }
      }

      private void ask() {
        synchronized (this) {
          helpers++;
        }
        threads.execute(
            () -> {
              long before = THREADS.getCurrentThreadCpuTime();
              try {
                work(true);
              } finally {
                helpersCpuNanos.addAndGet(THREADS.getCurrentThreadCpuTime() - before);
                leave();
                synchronized (this) {
                  helpers--;
                  notifyAll();
                }
              }
            });
      }

      List<O> results() {
        boolean interrupted = false;
        synchronized (this) {
          // As long as the model takes for a pass: nothing can end that from outside either.
          while (helpers > 0) {
            try {
              wait();
            } catch (InterruptedException e) {
              interrupted = true;
            }
          }
        }
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
        if (failure instanceof RuntimeException e) {
          throw e;
        }
        if (failure instanceof Error e) {
          throw e;
        }
        return List.copyOf(results);
      }
    }
  }
}
