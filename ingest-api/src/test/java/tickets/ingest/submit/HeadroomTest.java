package tickets.ingest.submit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tickets.contract.Lane;
import tickets.contract.Topics;
import tickets.ingest.Refusal;
import tickets.ingest.answer.Acceptance;
import tickets.ingest.submit.Headroom.Caller;

class HeadroomTest {

  private static final Duration SYNC_TIMEOUT = Duration.ofSeconds(10);
  private static final int MAX_LAG = 2_000_000;

  private long now;
  private final Headroom headroom = new Headroom(SYNC_TIMEOUT, MAX_LAG, () -> now);

  static Headroom.Place place() {
    return new Headroom(SYNC_TIMEOUT, 0, () -> 0).enter(Caller.WAITS);
  }

  /** A million events, of which a hundred a second are scored. */
  private void backlog() {
    for (int second = 1; second <= 6; second++) {
      now += Duration.ofSeconds(1).toNanos();
      headroom.of(Lane.TICKETS).scorerSeen(Map.of(0, 100L * second), 1_000_000, true);
    }
  }

  @Test
  void whoWaitsIsNotKeptOutByABacklogOfEvents() {
    backlog();

    assertThat(headroom.enter(Caller.WAITS).lane()).isEqualTo(Lane.INTERACTIVE);
  }

  @Test
  void whoWaitsForATicketOfAChosenIdStandsBehindTheEventsThatMayBeAboutItToo() {
    try (Headroom.Place place = headroom.enter(Caller.WAITS)) {
      place.changeTo(Lane.TICKETS);

      assertThat(place.lane()).isEqualTo(Lane.TICKETS);
      assertThat(headroom.of(Lane.INTERACTIVE).ahead()).isZero();
      assertThat(headroom.of(Lane.TICKETS).ahead()).isEqualTo(1);
    }
    assertThat(headroom.of(Lane.TICKETS).ahead()).isZero();
    backlog();

    try (Headroom.Place place = headroom.enter(Caller.WAITS)) {
      assertThatThrownBy(() -> place.changeTo(Lane.TICKETS))
          .isInstanceOfSatisfying(
              Refusal.class, e -> assertThat(e.reason()).isEqualTo(Refusal.Reason.BACKLOG));
    }
    assertThat(headroom.of(Lane.INTERACTIVE).ahead()).isZero();
  }

  @Test
  void aTicketStandsAheadOnTheLaneThatItWentBy() {
    Headroom.Place place = headroom.enter(Caller.WAITS);
    place.takenBy(new Acceptance(Topics.INTERACTIVE, 2, 7, Instant.EPOCH));
    place.close();
    assertThat(headroom.of(Lane.INTERACTIVE).ahead()).isEqualTo(1);

    headroom.of(Lane.TICKETS).decided(2, 7);
    assertThat(headroom.of(Lane.INTERACTIVE).ahead()).isEqualTo(1);

    headroom.of(Lane.INTERACTIVE).decided(2, 7);
    assertThat(headroom.of(Lane.INTERACTIVE).ahead()).isZero();
  }

  @Test
  void aboveMaxLagEverybodyIsKeptOut() {
    headroom.of(Lane.TICKETS).scorerSeen(Map.of(), MAX_LAG + 1, true);

    for (Caller caller : Caller.values()) {
      assertThatThrownBy(() -> headroom.enter(caller))
          .isInstanceOfSatisfying(
              Refusal.class, e -> assertThat(e.reason()).isEqualTo(Refusal.Reason.BACKLOG));
      assertThatThrownBy(() -> headroom.check(caller)).isInstanceOf(Refusal.class);
    }
  }
}
