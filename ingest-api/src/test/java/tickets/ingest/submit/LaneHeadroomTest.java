package tickets.ingest.submit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tickets.contract.Topics;
import tickets.ingest.Refusal;
import tickets.ingest.answer.Acceptance;
import tickets.ingest.submit.Headroom.Caller;

/** In virtual time, with a scorer that takes tickets in order and as fast as it is told to. */
class LaneHeadroomTest {

  private static final Duration SYNC_TIMEOUT = Duration.ofSeconds(10);
  private static final int MAX_LAG = 100_000;
  private static final double STEP = 0.01;

  private double now = 1_000;
  private final LaneHeadroom headroom =
      new LaneHeadroom(SYNC_TIMEOUT, Duration.ofSeconds(2), MAX_LAG, () -> (long) (now * 1e9));

  /** The topic's one partition: when each ticket was taken; NaN for one that is not HTTP's. */
  private final Deque<Double> topic = new ArrayDeque<>();

  private boolean scorerWorks = true;
  private double perSecond = 100;
  private int batch = 1;
  private double scorerCredit;
  private double sinceSeen;
  private long nextOffset;
  private long scored;

  private double longestWait;
  private int taken;
  private int refused;
  private @Nullable Refusal lastRefusal;

  private void call(Caller caller) {
    try (LaneHeadroom.Place place = headroom.enter(caller)) {
      topic.add(now);
      place.takenBy(new Acceptance(Topics.TICKETS, 0, nextOffset++, Instant.EPOCH));
      taken++;
    } catch (Refusal refusal) {
      refused++;
      lastRefusal = refusal;
    }
  }

  private void event() {
    topic.add(Double.NaN);
    nextOffset++;
  }

  private void step() {
    now += STEP;
    double atOnce = Math.max(batch + 1, perSecond * STEP);
    scorerCredit = Math.min(scorerCredit + (scorerWorks ? perSecond * STEP : 0), atOnce);
    if (scorerCredit >= Math.min(batch, Math.max(1, topic.size()))) {
      for (; scorerCredit >= 1 && !topic.isEmpty(); scorerCredit--) {
        double since = topic.remove();
        scored++;
        if (!Double.isNaN(since)) {
          longestWait = Math.max(longestWait, now - since);
          headroom.decided(0, scored - 1);
        }
      }
    }
    sinceSeen += STEP;
    if (sinceSeen >= 1) {
      sinceSeen = 0;
      headroom.scorerSeen(Map.of(0, scored), topic.size(), scorerWorks);
    }
  }

  /** Calls come evenly, so many a second; every second one waits, if both are asked for. */
  private void run(double seconds, double callsPerSecond, Caller... callers) {
    double credit = 0;
    int n = 0;
    for (double end = now + seconds; now < end; ) {
      for (credit += callsPerSecond * STEP; credit >= 1; credit--) {
        call(callers[n++ % callers.length]);
      }
      step();
    }
  }

  private void forget() {
    longestWait = 0;
    taken = 0;
    refused = 0;
  }

  @Test
  void whatTicketsUsuallyWaitIsToldAndFollowsAChange() {
    assertThat(headroom.usualWait()).isZero();
    waits(100, 0.3);
    assertThat(headroom.usualWait()).isBetween(Duration.ofMillis(290), Duration.ofMillis(300));
    waits(100, 0.02);
    assertThat(headroom.usualWait()).isBetween(Duration.ofMillis(20), Duration.ofMillis(25));
  }

  @Test
  void whatTicketsWaitedBeforeAPauseIsSoonForgotten() {
    waits(100, 3);
    now += 10;
    waits(1, 0.02);

    assertThat(headroom.usualWait()).isLessThan(Duration.ofMillis(50));
  }

  private void waits(int tickets, double seconds) {
    for (int i = 0; i < tickets; i++) {
      call(Caller.WAITS);
      now += seconds;
      headroom.decided(0, nextOffset - 1);
    }
  }

  @Test
  void tenTimesWhatCanBeScoredIsTakenAsFarAsItCanBeAnsweredInTime() {
    batch = 64;
    run(5, 2, Caller.WAITS);
    run(60, 1_000, Caller.WAITS, Caller.DOES_NOT_WAIT);

    assertThat(longestWait).isBetween(2.0, 6.0);
    assertThat(scored).as("the scorer is never idle").isGreaterThan(5_700);
    assertThat(refused).isGreaterThan(50_000);
    assertThat(lastRefusal).isNotNull();
    assertThat(lastRefusal.reason()).isEqualTo(Refusal.Reason.OVERLOADED);
    assertThat(lastRefusal.retryAfter()).isBetween(Duration.ofSeconds(1), Duration.ofSeconds(5));

    int ahead = headroom.ahead();
    run(8, 1, Caller.WAITS);
    assertThat(headroom.ahead()).as("soon after it is over, of %s", ahead).isLessThan(5);
  }

  @Test
  void theLimitFollowsTheScorerDownAndUp() {
    run(30, 1_000, Caller.WAITS);
    assertThat(headroom.limit()).isBetween(160, 240);

    perSecond = 30;
    run(30, 1_000, Caller.WAITS);
    assertThat(headroom.limit()).isBetween(48, 72);
    forget();
    run(30, 1_000, Caller.WAITS);
    assertThat(longestWait).isBetween(1.0, 4.5);

    perSecond = 2_000;
    run(30, 20_000, Caller.WAITS);
    assertThat(headroom.limit()).isBetween(3_200, 4_800);
  }

  @Test
  void aPauseOfTheScorerIsNoReasonToRefuseWhatItWillScoreInTime() {
    perSecond = 470;
    batch = 64;
    run(30, 330, Caller.WAITS);
    scorerWorks = false;
    run(1.5, 330, Caller.WAITS);
    scorerWorks = true;
    run(30, 330, Caller.WAITS);

    assertThat(refused).isZero();
    assertThat(longestWait).isBetween(1.0, 3.0);
  }

  @Test
  void lightLoadChangesNothing() {
    int before = headroom.limit();
    run(60, 3, Caller.WAITS, Caller.DOES_NOT_WAIT);

    assertThat(refused).isZero();
    assertThat(headroom.limit()).isEqualTo(before);
  }

  @Test
  void whileNoScorerWorksTicketsAreKeptForItUpToMaxLag() {
    run(10, 20, Caller.WAITS, Caller.DOES_NOT_WAIT);
    scorerWorks = false;
    run(30, 20, Caller.DOES_NOT_WAIT);
    forget();
    run(30, 40, Caller.WAITS, Caller.DOES_NOT_WAIT);

    assertThat(taken).as("all that do not wait").isEqualTo(600);
    assertThatThrownBy(() -> headroom.enter(Caller.WAITS)).isInstanceOf(Refusal.class);

    headroom.scorerSeen(Map.of(0, scored), MAX_LAG + 1, false);
    assertThatThrownBy(() -> headroom.enter(Caller.DOES_NOT_WAIT))
        .isInstanceOfSatisfying(
            Refusal.class, e -> assertThat(e.reason()).isEqualTo(Refusal.Reason.BACKLOG));
  }

  @Test
  void aFirstBatchThatTakesLongIsNotTakenForAScorerThatIsAway() {
    batch = 128;
    perSecond = 15;
    headroom.scorerSeen(Map.of(0, 0L), 0, true);
    run(9, 1_000, Caller.DOES_NOT_WAIT);

    assertThat(scored).isBetween(1L, 128L);
    assertThat(taken).isLessThanOrEqualTo(256 + 128);
  }

  @Test
  void afterTheScorerWasAwayNobodyIsLeftToWaitInVain() {
    run(10, 20, Caller.WAITS);
    scorerWorks = false;
    run(60, 100, Caller.DOES_NOT_WAIT);
    scorerWorks = true;
    forget();
    run(30, 20, Caller.WAITS);

    assertThat(taken).isZero();

    run(60, 20, Caller.WAITS);
    forget();
    run(10, 20, Caller.WAITS);
    assertThat(refused).isZero();
    assertThat(longestWait).isLessThan(8);
  }

  @Test
  void eventsThatOthersPublishedKeepWaitingCallersOutAndOthersNot() {
    run(10, 20, Caller.WAITS);
    for (int i = 0; i < 50_000; i++) {
      event();
    }
    run(5, 1, Caller.DOES_NOT_WAIT);
    forget();
    run(60, 40, Caller.DOES_NOT_WAIT);
    assertThat(refused).isZero();

    assertThatThrownBy(() -> headroom.enter(Caller.WAITS))
        .isInstanceOfSatisfying(
            Refusal.class,
            e -> {
              assertThat(e.reason()).isEqualTo(Refusal.Reason.BACKLOG);
              assertThat(e.detail()).contains("backlog of").contains("bert_prediction_async");
              assertThat(e.retryAfter()).isEqualTo(Duration.ofSeconds(60));
            });
  }

  @Test
  void manyAreToldTheSameButEachItsOwnReason() {
    run(10, 20, Caller.WAITS);
    for (int i = 0; i < 50_000; i++) {
      event();
    }
    run(5, 1, Caller.DOES_NOT_WAIT);
    Refusal first = refusal(Caller.WAITS);
    assertThat(refusal(Caller.WAITS)).isSameAs(first);

    headroom.scorerSeen(Map.of(0, scored), MAX_LAG + 1, true);
    assertThat(refusal(Caller.DOES_NOT_WAIT).detail()).contains("more than " + MAX_LAG);

    now += 0.11;
    assertThat(refusal(Caller.DOES_NOT_WAIT)).isNotSameAs(first);
  }

  private Refusal refusal(Caller caller) {
    try {
      headroom.enter(caller).close();
    } catch (Refusal refusal) {
      return refusal;
    }
    throw new AssertionError("It was let in");
  }

  @Test
  void outcomesThatNobodyAnnouncesAreSeenByTheScorersOffsets() {
    for (int i = 0; i < 10; i++) {
      call(Caller.WAITS);
    }
    assertThat(headroom.ahead()).isEqualTo(10);

    headroom.scorerSeen(Map.of(0, 4L), 6, true);
    assertThat(headroom.ahead()).isEqualTo(6);
  }

  @Test
  void anOutcomeMayBeQuickerThanTheAcknowledgement() {
    LaneHeadroom.Place place = headroom.enter(Caller.WAITS);
    headroom.decided(3, 17);

    place.takenBy(new Acceptance(Topics.TICKETS, 3, 17, Instant.EPOCH));
    place.close();

    assertThat(headroom.ahead()).isZero();
  }

  @Test
  void aTicketWhoseCallerHungUpIsAheadAllTheSame() {
    LaneHeadroom.Place place = headroom.enter(Caller.WAITS);
    assertThat(headroom.ahead()).isEqualTo(1);
    place.close();
    place.close();
    assertThat(headroom.ahead()).isZero();

    place.takenBy(new Acceptance(Topics.TICKETS, 0, 0, Instant.EPOCH));
    assertThat(headroom.ahead()).isEqualTo(1);
  }
}
