package tickets.scorer.shadow;

import java.time.Duration;
import java.util.function.DoubleSupplier;

/**
 * What others leave of the processor, of which a shadow model takes half. An idle core at the
 * moment a batch begins is not enough: under load there is one for some milliseconds between any
 * two batches of the first model, and a second model that takes each of them cost callers 40 % of
 * their rate (docs/decisions/0022-where-does-a-second-model-score.md).
 */
final class Leftover {

  /** Of what is left: callers come in bursts. */
  private static final double TAKEN = 0.5;

  /** Of all cores, however busy they are: so that it goes on at all. */
  private static final double LEAST = 0.01;

  /** Weight of the newest measurement: one batch is a short time. */
  private static final double NEWEST = 0.3;

  private static final Duration LONGEST_REST = Duration.ofSeconds(2);

  private final DoubleSupplier load;
  private final int cores;
  private double others;

  /**
   * @param load how busy all cores were since it was asked last, 0 to 1; negative or no number
   *     where that is not known
   */
  Leftover(DoubleSupplier load, int cores) {
    this.load = load;
    this.cores = cores;
  }

  /**
   * How long to rest after a batch.
   *
   * @param cpu its CPU time
   * @param elapsed since this was asked last, the rest included
   * @param batch the part of it since that rest
   */
  Duration restAfter(Duration cpu, Duration elapsed, Duration batch) {
    double all = load.getAsDouble();
    double seconds = cpu.toNanos() / 1e9;
    if (all >= 0 && !elapsed.isZero()) {
      double own = seconds / (elapsed.toNanos() / 1e9 * cores);
      others += NEWEST * (Math.min(1, Math.max(0, all - own)) - others);
    }
    double mine = cores * Math.max(LEAST, TAKEN * (1 - others));
    Duration rest = Duration.ofNanos((long) (seconds / mine * 1e9)).minus(batch);
    if (rest.isNegative()) {
      return Duration.ZERO;
    }
    return rest.compareTo(LONGEST_REST) > 0 ? LONGEST_REST : rest;
  }
}
