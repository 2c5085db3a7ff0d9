package tickets.benchmarks.scale;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import tickets.benchmarks.Commit;
import tickets.benchmarks.GroupOffsets;
import tickets.benchmarks.Harness;
import tickets.benchmarks.Machine;
import tickets.benchmarks.OutcomeCount;
import tickets.benchmarks.Outcomes;
import tickets.benchmarks.Progress;
import tickets.benchmarks.Texts;
import tickets.benchmarks.WarmUp;
import tickets.benchmarks.processes.CpuShares;
import tickets.benchmarks.processes.Role;
import tickets.benchmarks.processes.Server;
import tickets.benchmarks.processes.Servers;
import tickets.contract.EventJson;
import tickets.contract.Lane;
import tickets.contract.Topics;

/**
 * How the work spreads. Several scorers on one machine would only share what one has by itself, so
 * each gets a fixed share of CPU time; threads of one process share its cores, and it is told how
 * evenly.
 *
 * <p>Topics have four partitions. Fewer of them are had by putting tickets on the first ones only.
 */
public final class Scale {

  private static final int MOST_SCORERS = 3;

  private static final String THREADS = "STREAM_THREADS";

  /**
   * A thread takes part in a rebalance between two polls, and one poll brings two batches. On a
   * part of a core two full ones last about as long as the broker waits for a member, 10 s.
   */
  private static final String BATCH = "BATCH_MAX_TICKETS";

  /** In each partition, while nobody knows the rate yet. */
  private static final int FIRST_FILL = 400;

  /** More than a stretch of time needs, so that every partition stays full to its end. */
  private static final double PLENTY = 1.3;

  /** What a thread may have read and not scored. */
  private static final int READ_AHEAD = 256;

  private static final int MOST_DRAINING_SECONDS = 600;

  private final Options options;
  private final Options.Lengths lengths;
  private final Servers servers;
  private final CpuShares shares;
  private final Outcomes outcomes;
  private final Batches batches = new Batches();
  private final GroupOffsets offsets;
  private final Assignment assignment;
  private final Supply supply;
  private final Map<String, Double> loadAverages = new LinkedHashMap<>();
  private final List<String> doubts = new ArrayList<>();

  /** Tickets a second, of all that scored last. */
  private double lastRate;

  private Scale(Options options, Servers servers, CpuShares shares) throws IOException {
    this.options = options;
    this.lengths = options.lengths();
    this.servers = servers;
    this.shares = shares;
    String kafka = servers.endpoints().kafka();
    outcomes = new Outcomes(kafka);
    outcomes.onEach(batches::take);
    offsets = new GroupOffsets(kafka);
    assignment = new Assignment(kafka);
    supply =
        new Supply(
            kafka, offsets, Texts.read(options.home().resolve("benchmarks/workloads/mix.jsonl")));
  }

  public static void main(String[] arguments) {
    Harness.main(Options.USAGE, Scale::run, arguments);
  }

  private static int run(Path home, String... arguments) throws Exception {
    Options options = Options.of(home, arguments);
    Measured measured = run(options);
    Files.write(
        options.json(),
        EventJson.mapper().writerWithDefaultPrettyPrinter().writeValueAsBytes(measured));
    Summary.print(measured);
    measured.doubts().forEach(doubt -> Progress.line("Mind that %s", doubt));
    System.out.println(Summary.line(measured, options.json()));
    Measured.Counted counted = measured.counted();
    return counted.lost() + counted.doubled() + counted.rejections() == 0 ? 0 : 1;
  }

  private static Measured run(Options options) throws Exception {
    Instant began = Instant.now();
    Machine machine = Machine.now();
    CpuShares shares = CpuShares.open();
    Files.createDirectories(options.work());
    System.setProperty("benchmarks.log", options.work().resolve("harness.log").toString());
    Progress.line("%s; everything of this run is in %s", machine, options.work());
    Servers servers =
        new Servers(
            options.home(),
            options.work(),
            Servers.Setup.asDeployed()
                .with(THREADS, "1")
                .with(BATCH, Integer.toString(options.batch())));
    Runnable endAll =
        () -> {
          servers.close();
          shares.close();
        };
    Thread onCtrlC = new Thread(endAll, "on-ctrl-c");
    Runtime.getRuntime().addShutdownHook(onCtrlC);
    try {
      servers.start();
      // Only scorers are measured; the others would take of their cores.
      servers.of(Role.SINK).terminate();
      servers.of(Role.INGEST).terminate();
      return new Scale(options, servers, shares).measure(began, machine);
    } finally {
      endAll.run();
      Runtime.getRuntime().removeShutdownHook(onCtrlC);
    }
  }

  private Measured measure(Instant began, Machine machine) throws Exception {
    try (outcomes;
        offsets;
        assignment;
        supply) {
      if (machine.loadAverage() > 0.5) {
        doubts.add("the machine was at work already, load average " + machine.loadAverage());
      }
      List<Server> scorers = new ArrayList<>(List.of(servers.of(Role.SCORER)));
      while (scorers.size() < MOST_SCORERS) {
        scorers.add(servers.startAnother(Role.SCORER).server());
      }
      assignment.await(Lane.TICKETS, MOST_SCORERS);
      Progress.line("%d scorers until the rate settles", MOST_SCORERS);
      List<Double> warmUp = warmUp(lengths.mostWarmUp(), Topics.PARTITIONS);
      List<Window> byScorers = withShares(scorers);
      Server one = scorers.get(0);
      List<Window> byThreads = new ArrayList<>();
      for (int threads : List.of(1, 2, Topics.PARTITIONS)) {
        byThreads.add(withThreads(one, threads));
      }
      List<Window> byPartitions = new ArrayList<>(byThreads.subList(2, 3));
      for (int partitions : List.of(2, 1)) {
        supply.awaitEmpty(MOST_DRAINING_SECONDS);
        byPartitions.add(window(List.of(one), Topics.PARTITIONS, partitions, lengths.threads()));
      }
      supply.awaitEmpty(MOST_DRAINING_SECONDS);
      Measured.Counted counted = count();
      scorers.forEach(
          scorer -> {
            if (scorer.ownExits() > 0) {
              doubts.add("a scorer ended by itself, and was without its share afterwards");
            }
          });
      return new Measured(
          began,
          options.quick(),
          Commit.of(options.home()),
          machine,
          loadAverages,
          batches.modelDigest(),
          shares.how(),
          options.percent(),
          options.batch(),
          warmUp,
          figures(byScorers, byScorers.get(2)),
          figures(byThreads, byThreads.get(0)),
          figures(byPartitions, byPartitions.get(2)),
          counted,
          doubts);
    }
  }

  /**
   * Three, two, one. The last ones are the warmest, so that what is told of several is rather too
   * little than too much.
   */
  private List<Window> withShares(List<Server> scorers) throws Exception {
    List<Window> windows = new ArrayList<>();
    for (Server scorer : scorers) {
      shares.limit(process(scorer), options.percent());
    }
    List<Server> left = new ArrayList<>(scorers);
    while (true) {
      windows.add(window(left, 1, Topics.PARTITIONS, lengths.shares()));
      if (left.size() == 1) {
        break;
      }
      Server last = left.remove(left.size() - 1);
      shares.free(process(last));
      last.terminate();
    }
    shares.free(process(left.get(0)));
    return windows;
  }

  private Window withThreads(Server scorer, int threads) throws Exception {
    // With nothing to do its threads find together sooner.
    supply.awaitEmpty(MOST_DRAINING_SECONDS);
    scorer.terminate();
    servers.set(Role.SCORER, BATCH, null);
    servers.set(Role.SCORER, THREADS, Integer.toString(threads));
    scorer.start();
    servers.awaitReady(scorer);
    assignment.await(Lane.TICKETS, threads);
    Progress.line("%d threads until the rate settles", threads);
    warmUp(lengths.mostThreadWarmUp(), Topics.PARTITIONS);
    return window(List.of(scorer), threads, Topics.PARTITIONS, lengths.threads());
  }

  private static ProcessHandle process(Server scorer) {
    ProcessHandle process = scorer.process();
    if (process == null) {
      throw new IllegalStateException("The scorer was never started");
    }
    return process;
  }

  /** Filled up where it runs low, by more where more was used up. */
  private List<Double> warmUp(int mostSeconds, int partitions) throws InterruptedException {
    long[] most = {FIRST_FILL};
    long[] last = {outcomes.count()};
    List<Double> rates =
        WarmUp.untilSettled(
            () -> {
              long scored = outcomes.count();
              most[0] = Math.max(most[0], (long) (PLENTY * (scored - last[0]) / partitions));
              last[0] = scored;
              try {
                supply.keep(partitions, most[0]);
              } catch (ExecutionException | TimeoutException e) {
                throw new IllegalStateException("Kafka does not answer", e);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("Interrupted", e);
              }
              return scored;
            },
            lengths.window(),
            mostSeconds,
            doubts);
    lastRate = rates.get(rates.size() - 1);
    return rates;
  }

  /** Lets the partitions settle with the threads, sees how quick each is, and looks for a while. */
  private Window window(List<Server> scorers, int threads, int partitions, int seconds)
      throws Exception {
    String what =
        scorers.size() + " x " + threads + " threads, tickets on " + partitions + " partitions";
    loadAverages.put(what, Machine.currentLoad());
    int all = scorers.size() * threads;
    Map<String, List<Integer>> tickets = assignment.await(Lane.TICKETS, all);
    Map<String, List<Integer>> interactive = assignment.await(Lane.INTERACTIVE, all);
    if (!Assignment.isEven(tickets, all)) {
      doubts.add("the partitions are not spread as evenly as they could be (" + what + ")");
    }
    supply.keep(
        partitions,
        Math.max(FIRST_FILL, Math.round(PLENTY * lastRate * lengths.settling() / partitions)));
    long[] before = supply.scored();
    TimeUnit.SECONDS.sleep(lengths.settling());
    long[] settled = supply.scored();
    long most = 0;
    for (int partition = 0; partition < partitions; partition++) {
      most = Math.max(most, settled[partition] - before[partition]);
    }
    supply.keep(partitions, Math.round(PLENTY * most * seconds / lengths.settling()) + READ_AHEAD);

    List<Window.Moment> first = moments(scorers);
    Instant from = Instant.now();
    TimeUnit.SECONDS.sleep(seconds);
    Instant to = Instant.now();
    List<Window.Moment> last = moments(scorers);
    long[] left = supply.left();
    if (Arrays.stream(left, 0, partitions).anyMatch(each -> each <= READ_AHEAD / 2)) {
      doubts.add("a partition ran empty (" + what + "): " + Arrays.toString(left));
    }
    List<Window.Seen> seen = new ArrayList<>();
    for (int i = 0; i < scorers.size(); i++) {
      seen.add(
          new Window.Seen(
              "scorer " + (i + 1),
              ofScorer(tickets, first.get(i)),
              ofScorer(interactive, first.get(i)).values().stream()
                  .flatMap(List::stream)
                  .sorted()
                  .toList(),
              first.get(i),
              last.get(i)));
    }
    Window window = new Window(threads, partitions, from, to, seen);
    Measured.Stage figures = window.figures(batches, window);
    lastRate = figures.ticketsPerSecond();
    Progress.line("%s: %s", what, Summary.of(figures));
    return window;
  }

  private List<Window.Moment> moments(List<Server> scorers)
      throws IOException, InterruptedException {
    List<Window.Moment> moments = new ArrayList<>();
    for (Server scorer : scorers) {
      moments.add(Window.Moment.of(process(scorer), servers.management(scorer)));
    }
    return moments;
  }

  /** Of an assignment, the threads that a scorer has. */
  private static Map<String, List<Integer>> ofScorer(
      Map<String, List<Integer>> partitions, Window.Moment scorer) {
    Map<String, List<Integer>> own = new TreeMap<>(partitions);
    own.keySet().retainAll(scorer.cpuByThread().keySet());
    return own;
  }

  private List<Measured.Stage> figures(List<Window> windows, Window one) {
    return windows.stream().map(window -> window.figures(batches, one)).toList();
  }

  private Measured.Counted count() throws Exception {
    OutcomeCount count = OutcomeCount.of(servers.endpoints().kafka(), offsets, Supply::numberOf);
    return new Measured.Counted(
        supply.published(),
        count.priorities(),
        count.lost(supply.published()),
        count.doubled(),
        count.rejections());
  }
}
