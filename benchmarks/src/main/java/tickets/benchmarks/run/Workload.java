package tickets.benchmarks.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import tickets.contract.EventJson;

/**
 * Which tickets come, and when; a file of {@code benchmarks/workloads}.
 *
 * @param texts a file beside it, one JSON object with {@code text} a line; they come in its order,
 *     again and again
 * @param shareOfCapacity how many come, as a share of what can be scored
 * @param perSecond how many come, where no share is given
 * @param seed of the gaps between them, which are those of a Poisson process: callers know nothing
 *     of each other
 */
public record Workload(String texts, double shareOfCapacity, double perSecond, long seed) {

  public static Workload read(Path file) throws IOException {
    return EventJson.mapper().readValue(Files.readAllBytes(file), Workload.class);
  }

  /** A second, where so many can be scored. */
  double rate(double capacity) {
    return shareOfCapacity > 0 ? shareOfCapacity * capacity : perSecond;
  }

  /** Seconds from one arrival to the next, without end. */
  public Gaps gaps(double rate) {
    if (!(rate > 0)) {
      throw new IllegalArgumentException("Nobody comes at a rate of " + rate);
    }
    Random random = new Random(seed);
    return () -> -Math.log(1 - random.nextDouble()) / rate;
  }

  /** Endless. */
  public interface Gaps {
    double next();

    /**
     * Lets arrivals come for a while, each when it is its time, whatever became of those before.
     *
     * @param arrival is given the time at which it was to be, as {@link System#nanoTime}; must not
     *     block
     * @return how many seconds it took
     */
    default double arrive(int seconds, LongConsumer arrival) {
      long start = System.nanoTime();
      long end = start + TimeUnit.SECONDS.toNanos(seconds);
      double at = next();
      while (true) {
        long due = start + (long) (at * 1e9);
        if (due >= end) {
          return (System.nanoTime() - start) / 1e9;
        }
        while (System.nanoTime() < due) {
          LockSupport.parkNanos(due - System.nanoTime());
        }
        arrival.accept(due);
        at += next();
      }
    }
  }
}
