package tickets.scorer.batch;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * Batches of as many tokens as a thread scores within a target: what it got through of late says
 * how many that are. So a batch takes about as long on a slow machine as on a quick one, and with
 * long texts as with short ones.
 *
 * <p>For the target the thread's CPU time counts. By the clock, a machine with too much to do would
 * get small batches, which cost more by the ticket (docs/reliability.md, Overload). A thread that
 * waits for a GPU uses none, so there the limits that are set hold.
 *
 * <p>{@link BatchLimits#LONGEST_FLUSH} is kept by the clock as well: Kafka counts that way, whoever
 * has the cores meanwhile. A scorer with 40 % of a core took 7 s by the clock for batches of 2.8 s
 * of CPU time, and was dropped from its group (docs/performance.md, Scale).
 *
 * <p>While callers wait, the target is the latency target. It is not for the batch's own tickets:
 * threads of both lanes share the cores, and a short batch leaves them sooner. While nobody waits,
 * larger batches score some 8 % more a second.
 */
public final class BatchPace {

  /** Weight of the newest batch. */
  private static final double NEWEST = 0.2;

  /** A batch below this part of a full one says little: small ones are slower by the token. */
  private static final double TELLING = 0.5;

  private BatchLimits most;
  private final Duration target;
  private final BooleanSupplier callersWait;
  private double tokensPerSecond;
  private double tokensPerClockSecond;
  private volatile BatchLimits longest;
  private volatile BatchLimits quick;

  /**
   * @param most the limits whatever the pace
   * @param target how long scoring a batch shall take while callers wait, tokenising included
   * @param callersWait whether they do
   * @param tokensPerSecond what one thread got through at start
   */
  public BatchPace(
      BatchLimits most, Duration target, BooleanSupplier callersWait, double tokensPerSecond) {
    this.most = most;
    this.target = target;
    this.callersWait = callersWait;
    this.tokensPerSecond = tokensPerSecond;
    tokensPerClockSecond = tokensPerSecond;
    longest = longest();
    quick = quick();
  }

  /**
   * Another model scores from now on: nothing that was measured of the one before counts.
   *
   * @param other the limits whatever the pace
   * @param speed what one thread gets through, in tokens a second
   */
  public synchronized void restart(BatchLimits other, double speed) {
    most = other;
    tokensPerSecond = speed;
    tokensPerClockSecond = speed;
    longest = longest();
    quick = quick();
  }

  private BatchLimits longest() {
    return most.within(BatchLimits.LONGEST_FLUSH, Math.min(tokensPerSecond, tokensPerClockSecond));
  }

  private BatchLimits quick() {
    return longest().within(target, tokensPerSecond);
  }

  /** What a batch may hold now. */
  public BatchLimits limits() {
    return callersWait.getAsBoolean() ? quick : longest;
  }

  /**
   * A batch was scored; called by every thread.
   *
   * @param tickets how many it had
   * @param tokens of them, as {@link BatchLimits#estimateTokens} counts
   * @param cpu the thread's CPU time
   * @param clock the time that went by
   */
  synchronized void scored(int tickets, int tokens, Duration cpu, Duration clock) {
    boolean tooLong = clock.compareTo(BatchLimits.LONGEST_FLUSH) > 0;
    if (!tooLong && quick.fill(tickets, tokens) < TELLING) {
      return;
    }
    if (cpu.toNanos() > 0) {
      tokensPerSecond += NEWEST * (pace(tokens, cpu) - tokensPerSecond);
    }
    if (clock.toNanos() > 0) {
      double pace = pace(tokens, clock);
      // Down at once: a batch that is too long may cost the thread its place in the group.
      tokensPerClockSecond +=
          (pace < tokensPerClockSecond ? 1 : NEWEST) * (pace - tokensPerClockSecond);
    }
    longest = longest();
    quick = quick();
  }

  private static double pace(int tokens, Duration took) {
    return tokens * 1e9 / took.toNanos();
  }
}
