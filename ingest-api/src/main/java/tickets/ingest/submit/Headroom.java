package tickets.ingest.submit;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;
import tickets.contract.Lane;
import tickets.ingest.IngestMeters;
import tickets.ingest.IngestProperties;
import tickets.ingest.Refusal;
import tickets.ingest.answer.Acceptance;
import tickets.ingest.answer.WaitingCallers;
import tickets.ingest.status.ServiceStatus;

/**
 * Lets calls in, to the lane that their tickets will go by: {@link LaneHeadroom} says how many.
 * Every call asks here first, before its body is read; {@link RefuseEarly} asks even before the
 * framework has seen the call, so that refusing costs next to nothing when far more comes in than
 * can be scored.
 */
@Component
final class Headroom {

  /** What a caller does after its ticket is taken. */
  enum Caller {
    WAITS(Lane.INTERACTIVE),
    DOES_NOT_WAIT(Lane.TICKETS);

    /** Of its ticket, as far as is known before the ticket is read. */
    private final Lane lane;

    Caller(Lane lane) {
      this.lane = lane;
    }
  }

  private final Map<Lane, LaneHeadroom> lanes = new EnumMap<>(Lane.class);

  @Autowired
  Headroom(
      IngestProperties properties,
      ServiceStatus status,
      WaitingCallers waitingCallers,
      IngestMeters meters) {
    this(properties.syncTimeout(), properties.maxLag(), System::nanoTime);
    lanes.forEach((lane, room) -> meters.ahead(lane.topic(), room::ahead, room::limit));
    waitingCallers.onOutcome(
        (topic, partition, offset) -> {
          for (Lane lane : Lane.values()) {
            if (lane.topic().equals(topic)) {
              of(lane).decided(partition, offset);
            }
          }
        });
    status.onScorerSeen(
        seen -> of(seen.lane()).scorerSeen(seen.committed(), seen.unscored(), seen.works()));
  }

  Headroom(Duration syncTimeout, long maxLag, LongSupplier nanoTime) {
    for (Lane lane : Lane.values()) {
      lanes.put(lane, new LaneHeadroom(syncTimeout, target(lane, syncTimeout), maxLag, nanoTime));
    }
  }

  /** Where callers wait, more is left for a scorer that becomes slower meanwhile. */
  private static Duration target(Lane lane, Duration syncTimeout) {
    return switch (lane) {
      case INTERACTIVE -> syncTimeout.dividedBy(5);
      case TICKETS -> syncTimeout.multipliedBy(3).dividedBy(10);
    };
  }

  LaneHeadroom of(Lane lane) {
    LaneHeadroom headroom = lanes.get(lane);
    if (headroom == null) {
      throw new IllegalStateException("Every lane has one");
    }
    return headroom;
  }

  /** A call that was let in. Close it when the call has ended. */
  final class Place implements AutoCloseable {
    private LaneHeadroom.Place inLane;
    private Lane lane;

    private Place(Lane lane, LaneHeadroom.Place inLane) {
      this.lane = lane;
      this.inLane = inLane;
    }

    /** The lane that the call's ticket goes by. */
    synchronized Lane lane() {
      return lane;
    }

    /**
     * For a caller that waits and has named its ticket, which other events may be about, too.
     *
     * @throws Refusal if there is too much on that lane for an answer in time
     */
    synchronized void changeTo(Lane other) {
      if (lane != other) {
        LaneHeadroom.Place there = of(other).enter(Caller.WAITS);
        inLane.close();
        inLane = there;
        lane = other;
      }
    }

    /** Tickets of this instance that are before the scorer on a partition of the call's lane. */
    synchronized int aheadOn(int partition) {
      return of(lane).aheadOn(partition);
    }

    /** From a ticket's acknowledgement to its outcome, on the call's lane. */
    synchronized Duration usualWait() {
      return of(lane).usualWait();
    }

    /** The broker has the call's ticket, which so takes the call's place before the scorer. */
    synchronized void takenBy(Acceptance acceptance) {
      inLane.takenBy(acceptance);
    }

    @Override
    public synchronized void close() {
      inLane.close();
    }
  }

  /**
   * Lets a call in.
   *
   * @throws Refusal if there is too much before the scorer
   */
  Place enter(Caller caller) {
    checkBacklogBeside(caller.lane);
    return new Place(caller.lane, of(caller.lane).enter(caller));
  }

  /**
   * Says whether a call would be let in now, without letting it in.
   *
   * @throws Refusal if there is too much before the scorer
   */
  void check(Caller caller) {
    checkBacklogBeside(caller.lane);
    of(caller.lane).check(caller);
  }

  /** From a ticket's acknowledgement to its outcome, on the lane of such callers. */
  Duration usualWait(Caller caller) {
    return of(caller.lane).usualWait();
  }

  /** MAX_LAG keeps everybody out, whichever lane is behind; each looks at itself. */
  private void checkBacklogBeside(Lane own) {
    for (Lane lane : Lane.values()) {
      if (lane != own) {
        of(lane).checkBacklog();
      }
    }
  }
}
