package tickets.benchmarks.killanywhere;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import tickets.benchmarks.processes.Role;

/**
 * Which process is hit when and how, drawn from a seed alone: the same seed gives the same schedule
 * on any machine.
 *
 * <p>First each role is killed in turn, then each is paused in turn. From then on role and kind
 * come from shuffled decks of all twelve combinations, so that no role is spared by chance: with 40
 * faults each is hit at least six times. Of these later faults, one in four strikes while the one
 * before it is still being recovered from.
 */
final class FaultSchedule {

  /** Above every session timeout of the product (10 s): the group gives a paused member up. */
  static final Duration SESSION_TIMEOUT = Duration.ofSeconds(10);

  private static final int ONE_IN_OVERLAPS = 4;

  private FaultSchedule() {}

  /** How a process is hit. */
  enum Kind {
    /** SIGKILL, and a start some time later, as an init system would. */
    KILL,
    /** SIGSTOP, and SIGCONT some time later: the process does not know that time has passed. */
    PAUSE
  }

  /**
   * One fault.
   *
   * @param number from 1
   * @param down from the signal until the process is started again or goes on
   * @param gap until the next fault begins: after this one is recovered from, or, if that one
   *     overlaps, after this one began
   * @param overlaps whether it does not wait until the one before is recovered from
   */
  record Fault(int number, Role role, Kind kind, Duration down, Duration gap, boolean overlaps) {}

  private record Combination(Role role, Kind kind) {}

  /**
   * @param dense whether every second fault strikes while the one before is still felt, from the
   *     first on
   */
  static List<Fault> of(long seed, int count, boolean dense) {
    Random random = new Random(seed);
    List<Combination> deck = inTurn();
    int inTurn = deck.size();
    List<Fault> faults = new ArrayList<>();
    while (faults.size() < count) {
      int number = faults.size() + 1;
      if (deck.isEmpty()) {
        deck = inTurn();
        Collections.shuffle(deck, random);
      }
      Combination next = deck.remove(0);
      Fault before = faults.isEmpty() ? null : faults.get(faults.size() - 1);
      boolean overlaps =
          (dense | (random.nextInt(ONE_IN_OVERLAPS) == 0 && number > inTurn))
              && before != null
              && !before.overlaps()
              && before.role() != next.role();
      faults.add(
          new Fault(
              number,
              next.role(),
              next.kind(),
              next.kind() == Kind.KILL
                  ? Duration.ofMillis(500 + random.nextInt(2500))
                  : SESSION_TIMEOUT.plusMillis(1500 + random.nextInt(3500)),
              Duration.ofMillis(500 + random.nextInt(2500)),
              overlaps));
    }
    return faults;
  }

  private static List<Combination> inTurn() {
    List<Combination> all = new ArrayList<>();
    for (Kind kind : Kind.values()) {
      for (Role role : Role.values()) {
        all.add(new Combination(role, kind));
      }
    }
    return all;
  }
}
