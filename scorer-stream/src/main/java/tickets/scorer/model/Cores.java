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
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The cores of the processor, as the batches under way share them. Each batch has one; while others
 * are idle its passes are worked out on those as well, and a helper goes when another batch comes.
 * So one batch alone takes half as long on two cores, and with as many batches as cores nothing is
 * shared (docs/decisions/0023-one-batch-on-all-cores.md).
 *
 * <p>A batch for whose answers nobody waits gives way: it is worked out on nice threads, which get
 * a quarter of a core that another batch wants, and for the others its cores count as idle
 * (docs/decisions/0026-who-has-the-cores-first.md).
 */
final class Cores {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private static final Cores OF_THIS_PROCESS =
      new Cores(Runtime.getRuntime().availableProcessors());

  /** A third of the weight of others: one of four parts beside one of those. */
  private static final int GIVES_WAY_BY = 5;

  private final int count;

  /** Threads at batches that are waited for, and at all. */
  private final AtomicInteger waitedFor = new AtomicInteger();

  private final AtomicInteger busy = new AtomicInteger();
  private final Executor threads = threads("scoring-helper", task -> task);
  private final Executor niceThreads =
      threads(
          "scoring-nice",
          task ->
              () -> {
                Niceness.raiseOfThisThread(GIVES_WAY_BY);
                task.run();
              });

  Cores(int count) {
    this.count = count;
  }

  private static Executor threads(String name, UnaryOperator<Runnable> started) {
    return new ThreadPoolExecutor(
        0,
        Integer.MAX_VALUE,
        10,
        TimeUnit.SECONDS,
        new SynchronousQueue<>(),
        task -> {
          Thread thread = new Thread(started.apply(task), name);
          thread.setDaemon(true);
          return thread;
        });
  }

  /** Several models may score in a process; the cores are the same. */
  static Cores ofThisProcess() {
    return OF_THIS_PROCESS;
  }

  /** Threads at a batch now: one for each, and helpers. */
  int busy() {
    return busy.get();
  }

  /** For a batch that is waited for. To be closed by the same thread when its batch is scored. */
  Batch begin() {
    return new Batch(false);
  }

  /** For a batch that is not. Where threads can't be nice it is as any other. */
  Batch beginGivingWay() {
    return new Batch(Niceness.isSupported());
  }

  /** The cores of one batch; used by the thread that brought it. */
  final class Batch implements AutoCloseable {
    private final AtomicLong helpersCpuNanos = new AtomicLong();
    private final boolean givesWay;

    /** Threads whose cores are not idle as this batch sees it. */
    private final AtomicInteger taken;

    private Batch(boolean givesWay) {
      this.givesWay = givesWay;
      taken = givesWay ? busy : waitedFor;
      busy.incrementAndGet();
      if (!givesWay) {
        waitedFor.incrementAndGet();
      }
    }

    private void leave() {
      busy.decrementAndGet();
      if (!givesWay) {
        waitedFor.decrementAndGet();
      }
    }

    private boolean takeIdle() {
      int now = taken.get();
      while (now < count) {
        if (taken.compareAndSet(now, now + 1)) {
          if (!givesWay) {
            busy.incrementAndGet();
          }
          return true;
        }
        now = taken.get();
      }
      return false;
    }

    /** Whether another batch has come since, which needs a core of its own. */
    private boolean isCrowded() {
      return taken.get() > count;
    }

    /** How many it could have at this moment, 1 or more. */
    int cores() {
      return 1 + Math.max(0, count - taken.get());
    }

    /** CPU time of others than the thread that brought the batch. */
    Duration helpersCpu() {
      return Duration.ofNanos(helpersCpuNanos.get());
    }

    /**
     * Does something with each, on as many cores as are idle meanwhile, on the calling thread too
     * unless the batch gives way. Returns when nobody is at it any more.
     *
     * @param all the longest last: that is begun with, so that all cores end at about the same time
     * @return in the order of {@code all}
     * @throws RuntimeException what {@code each} threw first; what had not begun by then is left
     */
    <I, O> List<O> map(List<I> all, Function<I, O> each) {
      Round<I, O> round = new Round<>(all, each);
      if (givesWay) {
        // The calling thread can't be nice for a while: it has a transaction to commit.
        round.have(niceThreads, () -> round.work(false));
      } else {
        round.work(false);
      }
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
        have(
            givesWay ? niceThreads : threads,
            () -> {
              try {
                work(true);
              } finally {
                leave();
              }
            });
      }

      private void have(Executor others, Runnable work) {
        synchronized (this) {
          helpers++;
        }
        others.execute(
            () -> {
              long before = THREADS.getCurrentThreadCpuTime();
              try {
                work.run();
              } finally {
                helpersCpuNanos.addAndGet(THREADS.getCurrentThreadCpuTime() - before);
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
