package tickets.benchmarks.killanywhere;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tickets.benchmarks.Journal;
import tickets.benchmarks.Progress;
import tickets.benchmarks.killanywhere.FaultSchedule.Fault;
import tickets.benchmarks.killanywhere.FaultSchedule.Kind;
import tickets.benchmarks.processes.Role;
import tickets.benchmarks.processes.Server;
import tickets.benchmarks.processes.Servers;

/** Does to the processes what the schedule says, and measures how long each takes to work again. */
final class Faults {

  /** A path that does not work again by then is reported as not recovered. */
  private static final Duration RECOVERY_LIMIT = Duration.ofMinutes(5);

  /** What one fault is expected to take before any was measured. */
  private static final double FIRST_GUESS_SECONDS = 14;

  /**
   * What came of one fault. Seconds count from its beginning.
   *
   * @param backAfterS when the process was started again or went on
   * @param signs when each station of the path had worked off a ticket that set out after that
   * @param recoveryS when all had; null if one had not within five minutes
   */
  record Recovery(
      int number,
      Role role,
      Kind kind,
      boolean overlaps,
      Instant began,
      double backAfterS,
      Map<String, Double> signs,
      @Nullable Double recoveryS) {}

  private final Servers servers;
  private final SignsOfLife signs;
  private final Journal file;
  private final List<Fault> schedule;
  private final List<Recovery> recoveries = Collections.synchronizedList(new ArrayList<>());
  private volatile long began = System.nanoTime();
  private volatile int over;

  Faults(Servers servers, SignsOfLife signs, Journal file, List<Fault> schedule) {
    this.servers = servers;
    this.signs = signs;
    this.file = file;
    this.schedule = schedule;
  }

  /** How long all the rest will take, judging by the time taken so far; 0 when none is left. */
  double secondsLeft() {
    int done = over;
    double each = ((System.nanoTime() - began) / 1e9 + FIRST_GUESS_SECONDS) / (done + 1);
    return (schedule.size() - done) * each;
  }

  List<Recovery> recoveries() {
    synchronized (recoveries) {
      return List.copyOf(recoveries);
    }
  }

  /** Returns when the last fault is recovered from or given up. */
  void run() throws InterruptedException {
    began = System.nanoTime();
    List<CompletableFuture<Void>> underWay = new ArrayList<>();
    for (int i = 0; i < schedule.size(); i++) {
      Fault fault = schedule.get(i);
      TimeUnit.MILLISECONDS.sleep(fault.gap().toMillis());
      underWay.add(CompletableFuture.runAsync(() -> inflict(fault), Servers.OWN_THREAD));
      boolean nextOverlaps = i + 1 < schedule.size() && schedule.get(i + 1).overlaps();
      if (!nextOverlaps) {
        underWay.forEach(CompletableFuture::join);
        underWay.clear();
      }
      over = i + 1;
    }
  }

  private void inflict(Fault fault) {
    Server server = servers.of(fault.role());
    Instant began = Instant.now();
    try {
      Progress.line(
          "fault %d/%d: %s %s for %.1f s%s",
          fault.number(),
          schedule.size(),
          fault.kind() == Kind.KILL ? "kill -9" : "pause",
          fault.role().label(),
          fault.down().toMillis() / 1000.0,
          fault.overlaps() ? ", while the one before is still felt" : "");
      if (fault.kind() == Kind.KILL) {
        server.kill();
      } else {
        server.pause();
      }
      TimeUnit.MILLISECONDS.sleep(fault.down().toMillis());
      if (fault.kind() == Kind.KILL) {
        server.start();
      } else {
        server.resume();
      }
      recovered(fault, began);
    } catch (IOException | InterruptedException e) {
      throw new CompletionException(e);
    }
  }

  private void recovered(Fault fault, Instant began) throws InterruptedException {
    Instant back = Instant.now();
    Map<SignsOfLife.Sign, Instant> given = signs.await(back, RECOVERY_LIMIT);
    Map<String, Double> seconds = new LinkedHashMap<>();
    given.forEach(
        (sign, at) -> seconds.put(sign.name().toLowerCase(Locale.ROOT), seconds(began, at)));
    boolean all = given.size() == SignsOfLife.Sign.values().length;
    Recovery recovery =
        new Recovery(
            fault.number(),
            fault.role(),
            fault.kind(),
            fault.overlaps(),
            began,
            seconds(began, back),
            seconds,
            all ? Collections.max(seconds.values()) : null);
    recoveries.add(recovery);
    file.write(recovery);
    if (all) {
      Progress.line(
          "fault %d/%d: all works again %.1f s after it began",
          fault.number(), schedule.size(), recovery.recoveryS());
    } else {
      Progress.line(
          "fault %d/%d: NOT RECOVERED within %d s, no sign: %s",
          fault.number(),
          schedule.size(),
          RECOVERY_LIMIT.toSeconds(),
          Arrays.stream(SignsOfLife.Sign.values())
              .filter(sign -> !given.containsKey(sign))
              .map(sign -> sign.name().toLowerCase(Locale.ROOT))
              .collect(Collectors.joining(", ")));
    }
  }

  private static double seconds(Instant from, Instant to) {
    return Duration.between(from, to).toMillis() / 1000.0;
  }
}
