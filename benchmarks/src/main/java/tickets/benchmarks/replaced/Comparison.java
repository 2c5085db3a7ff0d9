package tickets.benchmarks.replaced;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tickets.benchmarks.Progress;
import tickets.benchmarks.processes.Role;
import tickets.benchmarks.processes.Servers;
import tickets.benchmarks.processes.Usage;
import tickets.benchmarks.run.Callers;
import tickets.benchmarks.run.Workload;

/**
 * Puts each load on ours and on the replaced service by turns; whoever came first comes second
 * next.
 */
final class Comparison implements AutoCloseable {

  static final int MOST_CALLERS = 64;

  private static final int FEW_CALLERS = 16;
  private static final List<Integer> CALLERS = List.of(1, FEW_CALLERS, MOST_CALLERS);

  /** Of what the replaced service answers in a closed loop. */
  private static final double OPEN_LOOP_SHARE = 0.7;

  /** Enough to see about how many a second there are. */
  private static final int FIRST_QUEUED = 32;

  private static final int MOST_QUEUED = 20_000;

  /** Through the queue: it is another way than that of callers who wait, and cold until then. */
  private static final int UNCOUNTED_ROUNDS = 2;

  /** A slow service is waited for, rather than left to work for callers who have gone. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Workload arrivals;
  private final List<String> texts;
  private final Options.Lengths lengths;
  private final Contender ours;

  Comparison(Servers servers, Workload arrivals, List<String> texts, Options.Lengths lengths) {
    this.arrivals = arrivals;
    this.texts = texts;
    this.lengths = lengths;
    ours =
        new Contender(
            URI.create(servers.endpoints().http()),
            () ->
                Stream.of(Role.values())
                    .flatMap(role -> servers.of(role).processes().stream())
                    .toList());
  }

  /** One of the two, from outside. */
  private final class Contender implements AutoCloseable {
    final Callers callers;
    final Queue queue;
    final Supplier<List<ProcessHandle>> processes;

    /** What came of the last tickets. */
    double queuedPerSecond;

    Contender(URI http, Supplier<List<ProcessHandle>> processes) {
      callers = new Callers(http, texts, PATIENCE);
      queue = new Queue(http, texts);
      this.processes = processes;
    }

    double cpuSeconds() {
      return Usage.of(processes.get()).cpuSeconds();
    }

    @Override
    public void close() {
      callers.close();
      queue.close();
    }
  }

  /** A load, on whichever of the two. */
  private interface Measurement {
    Done on(Contender contender) throws IOException, InterruptedException;
  }

  /**
   * @param latency null where many are in the queue at a time
   */
  private record Done(long tickets, double ticketsPerSecond, Callers.@Nullable Latency latency) {

    static Done of(Callers.Latency latency) {
      return new Done(
          latency.statuses().getOrDefault(200, 0L), latency.answeredPerSecond(), latency);
    }
  }

  Callers ours() {
    return ours.callers;
  }

  Compared.Beside with(ReplacedService service) throws IOException, InterruptedException {
    try (Contender replaced = new Contender(service.http(), service::processes)) {
      warm(replaced);
      warm(ours);
      List<Compared.Load> closed = new ArrayList<>();
      for (int round = 1; round <= lengths.rounds(); round++) {
        for (int callers : CALLERS) {
          closed.add(byTurns(round, callers, replaced, who -> closedLoop(who, callers)));
        }
      }
      double rate =
          OPEN_LOOP_SHARE
              * closed.stream()
                  .mapToDouble(load -> load.replaced().ticketsPerSecond())
                  .max()
                  .orElseThrow();
      List<Compared.Load> open = new ArrayList<>();
      List<Compared.Load> queued = new ArrayList<>();
      List<Compared.Load> alone = new ArrayList<>();
      open.add(
          byTurns(
              1,
              0,
              replaced,
              who -> Done.of(who.callers.openLoop(arrivals.gaps(rate), lengths.openLoop()))));
      for (int round = 1; round <= lengths.rounds(); round++) {
        queued.add(byTurns(round, 0, replaced, this::queued));
      }
      alone.add(byTurns(1, 1, replaced, who -> Done.of(who.queue.oneByOne(lengths.alone()))));
      return new Compared.Beside(service.deployment(), closed, rate, open, queued, alone);
    }
  }

  private void warm(Contender contender) throws IOException, InterruptedException {
    try (Callers.ClosedLoop few = contender.callers.new ClosedLoop(FEW_CALLERS)) {
      few.during(lengths.closedLoop());
    }
    contender.queue.pass(4);
    contender.queuedPerSecond = contender.queue.pass(FIRST_QUEUED).ticketsPerSecond();
    for (int round = 0; round < UNCOUNTED_ROUNDS; round++) {
      queued(contender);
    }
  }

  private Done closedLoop(Contender who, int callers) throws InterruptedException {
    try (Callers.ClosedLoop loop = who.callers.new ClosedLoop(callers)) {
      // The first of so many at once are not yet kept waiting.
      long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(lengths.closedLoop());
      while (loop.answered() < callers && System.nanoTime() < limit) {
        TimeUnit.MILLISECONDS.sleep(20);
      }
      return Done.of(loop.during(lengths.closedLoop()));
    }
  }

  private Done queued(Contender who) throws IOException, InterruptedException {
    long tickets = Math.round(who.queuedPerSecond * lengths.queued());
    Queue.Passed passed =
        who.queue.pass((int) Math.max(FIRST_QUEUED, Math.min(MOST_QUEUED, tickets)));
    who.queuedPerSecond = passed.ticketsPerSecond();
    if (passed.refused() > 0) {
      Progress.line(
          "%d calls were refused meanwhile, and repeated when they were to be", passed.refused());
    }
    return new Done(passed.tickets(), passed.ticketsPerSecond(), null);
  }

  private Compared.Load byTurns(int round, int callers, Contender replaced, Measurement measurement)
      throws IOException, InterruptedException {
    Compared.Load load;
    if (round % 2 == 1) {
      Compared.Side his = side(measurement, replaced, ours);
      load = new Compared.Load(round, callers, side(measurement, ours, replaced), his);
    } else {
      Compared.Side mine = side(measurement, ours, replaced);
      load = new Compared.Load(round, callers, mine, side(measurement, replaced, ours));
    }
    Progress.line(
        "round %d, %s: %s; the replaced service %s",
        round,
        callers == 0 ? "no fixed number of callers" : callers + " callers",
        words(load.ours()),
        words(load.replaced()));
    return load;
  }

  private static Compared.Side side(Measurement measurement, Contender on, Contender idle)
      throws IOException, InterruptedException {
    double cpu = on.cpuSeconds();
    double idleCpu = idle.cpuSeconds();
    long start = System.nanoTime();
    Done done = measurement.on(on);
    double seconds = (System.nanoTime() - start) / 1e9;
    double perTicket = done.tickets() == 0 ? 0 : (on.cpuSeconds() - cpu) / done.tickets();
    return new Compared.Side(
        rounded(done.ticketsPerSecond()),
        rounded(1_000 * perTicket),
        rounded((idle.cpuSeconds() - idleCpu) / seconds),
        done.latency());
  }

  private static double rounded(double value) {
    return Math.round(value * 1_000) / 1_000.0;
  }

  private static String words(Compared.Side side) {
    Callers.Latency latency = side.latency();
    return String.format(
            Locale.ROOT,
            "%.1f/s, %.1f CPU s per 1,000",
            side.ticketsPerSecond(),
            side.cpuSecondsPer1000())
        + (latency == null ? "" : ", p50 " + latency.p50() + " ms, p99 " + latency.p99() + " ms");
  }

  @Override
  public void close() {
    ours.close();
  }
}
