package tickets.ingest.submit;

import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tickets.ingest.Refusal;
import tickets.ingest.answer.Acceptance;
import tickets.ingest.submit.Headroom.Caller;

/**
 * How much may be put before the scorer on one lane.
 *
 * <p>What is ahead of the scorer from this instance is known ticket by ticket: from the broker's
 * acknowledgement until its outcome is announced, or the scorer has committed past it. The limit to
 * that is what was scored of late in the lane's {@link #target}, a share of SYNC_TIMEOUT, so it
 * follows the machine, the model and the texts: too slow, and it falls; more scored in time, and it
 * grows, before anybody had to be refused. Who waits has the rest of its time in reserve, for a
 * scorer that becomes slower meanwhile.
 *
 * <ul>
 *   <li>A caller that waits is refused at the limit, and also when the whole topic, whoever filled
 *       it, is too far behind for an answer in time.
 *   <li>One that does not wait is refused at the limit too, or HTTP alone could keep everybody
 *       waiting. It is taken all the same while no scorer works, and behind a long backlog as long
 *       as less is taken than is scored: then it is not HTTP that the scorer is too slow for.
 *   <li>Both are refused above MAX_LAG.
 * </ul>
 */
final class LaneHeadroom {

  private static final Logger log = LoggerFactory.getLogger(LaneHeadroom.class);

  /** Whether the limit is looked at anew; longer if nothing is decided for so long. */
  private static final Duration WINDOW = Duration.ofSeconds(1);

  /** Keeps the scorer's threads at work, and is scored in time by a slow CPU. */
  private static final int FIRST_LIMIT = 256;

  private static final int LEAST_LIMIT = 8;

  /** Also bounds what is kept in memory: some 10 MB. */
  private static final int MOST_AHEAD = 100_000;

  /** Change of the limit a window, at the most: batches make single windows unlike each other. */
  private static final double FASTEST_GROWTH = 1.5;

  private static final double FASTEST_FALL = 0.7;

  /** Weight of a ticket in what is usual, where many are decided. */
  private static final double ONE_OF_MANY = 0.05;

  /** What was usual longer ago than this hardly counts. */
  private static final Duration USUAL_FOR = Duration.ofSeconds(2);

  /** Weight of the newest window in the rate. */
  private static final double NEWEST = 0.3;

  /** Of SYNC_TIMEOUT: a longer backlog would leave who waits no reserve. */
  private static final double LONGEST_WAIT = 0.8;

  /** Of what is scored, behind a long backlog; the rest makes it shorter. */
  private static final double SHARE_BEHIND_A_BACKLOG = 0.8;

  /**
   * All callers who are refused for the same within this time are told so in the same words: under
   * overload a thousand a second are.
   */
  private static final Duration SAME_REFUSAL = Duration.ofMillis(100);

  private static final Duration LOG_PAUSE = Duration.ofSeconds(10);
  private static final Duration LONGEST_RETRY_AFTER = Duration.ofSeconds(60);

  /** What is the matter; two of them are one reason to a caller, in other words. */
  private enum Why {
    NO_ANSWER_IN_TIME(Refusal.Reason.BACKLOG),
    ABOVE_MAX_LAG(Refusal.Reason.BACKLOG),
    FULL(Refusal.Reason.OVERLOADED);

    private final Refusal.Reason reason;

    Why(Refusal.Reason reason) {
      this.reason = reason;
    }
  }

  private record Told(Refusal refusal, long sinceNanos) {}

  /** A ticket of this instance that is not decided yet. */
  private record Ahead(long offset, long sinceNanos) {}

  private final LongSupplier nanoTime;
  private final Duration syncTimeout;
  private final Duration target;

  /** Longer than it takes to look at the scorer's group a few times. */
  private final Duration lately;

  /**
   * Longer than a scorer takes for its first batch on a busy machine, four of them at once in a JVM
   * that has just started: 6 s were seen. One that is gone is out of its group sooner.
   */
  private final Duration stuck;

  private final long maxLag;

  private final Map<Integer, PriorityQueue<Ahead>> ahead = new HashMap<>();
  private final Map<Integer, Long> decidedUpTo = new HashMap<>();
  private final Lately taken;
  private final Lately scored;

  /** Calls that are let in and whose ticket the broker does not have yet. */
  private int entered;

  private int published;
  private double limit;

  private long windowBegan;
  private int decidedInWindow;
  private boolean refusedInWindow;

  /** Tickets of this instance decided a second; not a number until the first were. */
  private double pace = Double.NaN;

  /** From acknowledgement to outcome. */
  private double usualWaitNanos;

  private long usualSinceNanos;

  private long unscored;
  private boolean scorerWorks;
  private Map<Integer, Long> committed = Map.of();

  private final Map<Why, Told> told = new EnumMap<>(Why.class);
  private long refusedSinceLogged;
  private long loggedNanos;

  /**
   * @param target how long what is let in shall take to be scored
   * @param nanoTime as {@link System#nanoTime}
   */
  LaneHeadroom(Duration syncTimeout, Duration target, long maxLag, LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.syncTimeout = syncTimeout;
    this.target = target;
    this.lately = syncTimeout.dividedBy(2);
    this.stuck = syncTimeout.multipliedBy(2);
    this.maxLag = maxLag;
    this.taken = new Lately(lately, nanoTime);
    this.scored = new Lately(lately, nanoTime);
    this.limit = FIRST_LIMIT;
    this.windowBegan = nanoTime.getAsLong();
    this.loggedNanos = windowBegan - LOG_PAUSE.toNanos();
    this.usualSinceNanos = windowBegan;
  }

  /** A call that was let in. Close it when the call has ended. */
  final class Place implements AutoCloseable {
    private boolean left;

    private Place() {}

    /** The broker has the call's ticket, which so takes the call's place before the scorer. */
    void takenBy(Acceptance acceptance) {
      synchronized (LaneHeadroom.this) {
        // Also when the caller has hung up: its ticket is on the topic.
        close();
        published(acceptance);
      }
    }

    @Override
    public void close() {
      synchronized (LaneHeadroom.this) {
        if (!left) {
          left = true;
          entered--;
        }
      }
    }
  }

  /**
   * Lets a call in.
   *
   * @throws Refusal if there is too much before the scorer
   */
  synchronized Place enter(Caller caller) {
    check(caller);
    entered++;
    return new Place();
  }

  /**
   * Says whether a call would be let in now, without letting it in.
   *
   * @throws Refusal if there is too much before the scorer
   */
  synchronized void check(Caller caller) {
    adjust();
    checkBacklog();
    if (caller == Caller.WAITS) {
      if (secondsBehind() > LONGEST_WAIT * seconds(syncTimeout)) {
        throw refusal(
            Why.NO_ANSWER_IN_TIME,
            () ->
                "The scorer has a backlog of "
                    + Math.round(secondsBehind())
                    + " s, longer than a call may wait. Try again later, or use POST"
                    + " /v1/bert_prediction_async, which does not wait.");
      }
      if (isFull()) {
        throw overloaded();
      }
    } else if (isFull() && !scorerIsAway() && !othersAreAhead()) {
      throw overloaded();
    }
  }

  /**
   * @throws Refusal if more tickets are not scored than MAX_LAG
   */
  synchronized void checkBacklog() {
    if (maxLag > 0 && unscored > maxLag) {
      throw refusal(
          Why.ABOVE_MAX_LAG,
          () -> "The scorer has a backlog of more than " + maxLag + " tickets. Try again later.");
    }
  }

  private boolean isFull() {
    return ahead() >= limit();
  }

  /** Nothing is scored, and that is not because a batch takes its time. */
  private boolean scorerIsAway() {
    return scored.count() == 0 && (!scorerWorks || oldestAge() > stuck.toNanos());
  }

  /** A long backlog to which HTTP adds less than is scored: it was there, or others fill it. */
  private boolean othersAreAhead() {
    return unscored > 2 * scored.count() && taken.count() < SHARE_BEHIND_A_BACKLOG * scored.count();
  }

  /** How long the topic's backlog takes at the rate of late; 0 while it is short or unknown. */
  private double secondsBehind() {
    return unscored <= limit() || scored.count() == 0
        ? 0
        : unscored * seconds(lately) / scored.count();
  }

  private Refusal overloaded() {
    return refusal(
        Why.FULL,
        () ->
            "More tickets come in than are scored: "
                + ahead()
                + " are ahead. Try again in a moment.");
  }

  private Refusal refusal(Why why, Supplier<String> detail) {
    refusedInWindow = true;
    refusedSinceLogged++;
    long now = nanoTime.getAsLong();
    if (now - loggedNanos >= LOG_PAUSE.toNanos()) {
      log.warn(
          "More comes in than is scored: {} calls refused since this was last said; {} tickets on"
              + " the topic are not scored, {} of them from here, of at most {}",
          refusedSinceLogged,
          unscored,
          ahead(),
          limit());
      loggedNanos = now;
      refusedSinceLogged = 0;
    }
    Told last = told.get(why);
    if (last != null && now - last.sinceNanos() < SAME_REFUSAL.toNanos()) {
      return last.refusal();
    }
    Refusal refusal = Refusal.of(why.reason, detail.get());
    if (scored.count() > 0) {
      refusal = refusal.retryAfter(untilOnTarget());
    }
    told.put(why, new Told(refusal, now));
    return refusal;
  }

  /** When the backlog will be what it should be, at the rate of late. */
  private Duration untilOnTarget() {
    double seconds =
        Math.max(unscored, ahead()) * seconds(lately) / scored.count() - seconds(target);
    return Duration.ofSeconds(
        Math.max(1, Math.min(LONGEST_RETRY_AFTER.toSeconds(), Math.round(seconds))));
  }

  private synchronized void published(Acceptance acceptance) {
    taken.add(1);
    Long done = decidedUpTo.get(acceptance.partition());
    if (done != null && acceptance.offset() <= done) {
      // Its outcome was quicker than the acknowledgement's way to here.
      decidedInWindow++;
    } else if (published < MOST_AHEAD) {
      ahead
          .computeIfAbsent(
              acceptance.partition(),
              partition -> new PriorityQueue<>((a, b) -> Long.compare(a.offset(), b.offset())))
          .add(new Ahead(acceptance.offset(), nanoTime.getAsLong()));
      published++;
    }
  }

  /** Everything of a partition up to this ticket has its outcome: they come in order. */
  synchronized void decided(int partition, long offset) {
    decidedUpTo.merge(partition, offset, Math::max);
    PriorityQueue<Ahead> tickets = ahead.get(partition);
    while (tickets != null && !tickets.isEmpty() && tickets.element().offset() <= offset) {
      Ahead first = tickets.remove();
      waited(first);
      published--;
      decidedInWindow++;
    }
    adjust();
  }

  /**
   * What the scorer's group was seen to have done, about once a second.
   *
   * @param offsets the next offset of each partition to be scored
   * @param backlog tickets on the topic that are not scored
   * @param works whether a scorer is there
   */
  synchronized void scorerSeen(Map<Integer, Long> offsets, long backlog, boolean works) {
    unscored = backlog;
    scorerWorks = works;
    offsets.forEach(
        (partition, offset) -> {
          Long before = committed.get(partition);
          if (before != null && offset > before) {
            scored.add(offset - before);
          }
          decided(partition, offset - 1);
        });
    committed = Map.copyOf(offsets);
  }

  private void waited(Ahead ticket) {
    long now = nanoTime.getAsLong();
    double weight = 1 - Math.exp((double) (usualSinceNanos - now) / USUAL_FOR.toNanos());
    usualWaitNanos += Math.max(ONE_OF_MANY, weight) * (now - ticket.sinceNanos() - usualWaitNanos);
    usualSinceNanos = now;
  }

  private void adjust() {
    long now = nanoTime.getAsLong();
    if (now - windowBegan < WINDOW.toNanos() || decidedInWindow == 0) {
      return;
    }
    double rate = decidedInWindow * 1e9 / (now - windowBegan);
    pace = Double.isNaN(pace) ? rate : pace + NEWEST * (rate - pace);
    // Unless there was enough to do, no less than the rate can be scored, and maybe much more.
    boolean tooSlow = ahead() >= limit / 2 && oldestAge() > target.toNanos();
    double inTime = pace * seconds(target);
    if (refusedInWindow || tooSlow || inTime > limit) {
      double near = Math.max(limit * FASTEST_FALL, Math.min(limit * FASTEST_GROWTH, inTime));
      limit = Math.max(LEAST_LIMIT, Math.min(MOST_AHEAD, near));
    }
    windowBegan = now;
    decidedInWindow = 0;
    refusedInWindow = false;
  }

  private long oldestAge() {
    long oldest = 0;
    for (PriorityQueue<Ahead> tickets : ahead.values()) {
      Ahead first = tickets.peek();
      if (first != null) {
        oldest = Math.max(oldest, nanoTime.getAsLong() - first.sinceNanos());
      }
    }
    return oldest;
  }

  /** Tickets and calls of this instance that are before the scorer. */
  synchronized int ahead() {
    return entered + published;
  }

  /** Tickets of this instance that are before the scorer on a partition. */
  synchronized int aheadOn(int partition) {
    PriorityQueue<Ahead> tickets = ahead.get(partition);
    return tickets == null ? 0 : tickets.size();
  }

  /** How long tickets of this instance took of late, from acknowledgement to outcome. */
  synchronized Duration usualWait() {
    return Duration.ofNanos((long) usualWaitNanos);
  }

  synchronized int limit() {
    return (int) limit;
  }

  private static double seconds(Duration duration) {
    return duration.toNanos() / 1e9;
  }

  /** Counts what happened within a time that ends now, in ten steps. */
  private static final class Lately {
    private static final int STEPS = 10;
    private final long[] counts = new long[STEPS];
    private final long stepNanos;
    private final LongSupplier nanoTime;
    private long step;

    Lately(Duration time, LongSupplier nanoTime) {
      this.stepNanos = Math.max(1, time.toNanos() / STEPS);
      this.nanoTime = nanoTime;
      this.step = nanoTime.getAsLong() / stepNanos;
    }

    void add(long count) {
      forget();
      counts[(int) Math.floorMod(step, (long) STEPS)] += count;
    }

    long count() {
      forget();
      long sum = 0;
      for (long count : counts) {
        sum += count;
      }
      return sum;
    }

    private void forget() {
      long now = nanoTime.getAsLong() / stepNanos;
      for (long passed = Math.min(now - step, STEPS); passed > 0; passed--) {
        counts[(int) Math.floorMod(now - passed + 1, (long) STEPS)] = 0;
      }
      step = now;
    }
  }
}
