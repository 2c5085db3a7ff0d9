package tickets.benchmarks.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tickets.benchmarks.Machine;
import tickets.benchmarks.Progress;
import tickets.benchmarks.engine.Contest;
import tickets.benchmarks.engine.Engine;
import tickets.benchmarks.engine.Judged;
import tickets.benchmarks.engine.Round;
import tickets.benchmarks.engine.Singles;
import tickets.benchmarks.processes.Servers;
import tickets.contract.EventJson;
import tickets.contract.Topics;

/** Everything about speed, in one run; the package's comment draws it. */
public final class BenchmarkRun {

  private static final String MODEL = "models/ticket-priority-ru-en";

  private final Options options;
  private final List<AutoCloseable> running = new ArrayList<>();
  private final Map<String, Double> loadAverages = new LinkedHashMap<>();
  private final List<String> doubts = new ArrayList<>();

  private BenchmarkRun(Options options) {
    this.options = options;
  }

  public static void main(String[] arguments) {
    Path home = Path.of(System.getProperty("benchmarks.home", "")).toAbsolutePath();
    int exit = 2;
    try {
      if (List.of(arguments).contains("--help")) {
        System.out.print(Options.USAGE);
        exit = 0;
      } else {
        Options options = Options.of(home, arguments);
        Files.createDirectories(options.work());
        System.setProperty("benchmarks.log", options.work().resolve("harness.log").toString());
        BenchmarkRun run = new BenchmarkRun(options);
        Thread onCtrlC = new Thread(run::endAll, "on-ctrl-c");
        Runtime.getRuntime().addShutdownHook(onCtrlC);
        Measured measured;
        try {
          measured = run.measure();
        } finally {
          run.endAll();
        }
        Files.write(
            options.json(),
            EventJson.mapper().writerWithDefaultPrettyPrinter().writeValueAsBytes(measured));
        measured.doubts().forEach(doubt -> Progress.line("Mind that %s", doubt));
        System.out.println(Summary.line(measured, options.json()));
        exit = 0;
      }
    } catch (Options.Unusable e) {
      System.err.println(e.getMessage() + "\n\n" + Options.USAGE);
    } catch (InterruptedException e) {
      System.err.println("Interrupted");
    } catch (Exception e) {
      System.err.println("The run could not be made: " + e.getMessage());
      e.printStackTrace();
    }
    System.exit(exit);
  }

  private Measured measure() throws Exception {
    Instant began = Instant.now();
    Machine machine = Machine.now();
    if (machine.loadAverage() > 0.5) {
      doubts.add("the machine was at work already, load average " + machine.loadAverage());
    }
    Progress.line("%s; everything of this run is in %s", machine, options.work());
    Options.Lengths lengths = options.lengths();
    Engine.Conditions conditions =
        new Engine.Conditions(
            options.home().resolve("benchmarks/workloads/mix.jsonl"),
            Math.min(machine.cores(), Topics.PARTITIONS),
            lengths.ticketsAThread(),
            options.home().resolve(MODEL));

    stage("engine");
    Engine ours = during(Engine.start("auto", conditions));
    Judged.Difference toFp32 = judge(ours, conditions);
    Singles singles = ours.singles(lengths.singles());
    List<Engine> contestants = new ArrayList<>(List.of(ours));
    List<String> peers = new ArrayList<>(List.of(Engine.DJL));
    Path files = options.peers();
    if (files != null) {
      peers.addAll(Engine.peers(files));
    }
    List<Engine> others = Engine.startAll(peers, conditions);
    others.forEach(this::during);
    contestants.addAll(others);
    Contest.Result contest = Contest.run(contestants, lengths.engineRounds());
    for (Engine peer : others) {
      end(peer);
    }

    stage("pipeline");
    Servers servers =
        during(new Servers(options.home(), options.work(), Servers.Setup.asDeployed()));
    servers.start();
    Measured.PipelineFigures pipeline = new Pipeline(servers, options, doubts).measure();
    end(servers);

    // The machine may be another than before: clouds and people come and go.
    stage("engine again");
    List<Round> after = new ArrayList<>();
    Contest.warmUp(ours);
    for (int round = 1; round <= lengths.engineRounds(); round++) {
      after.add(ours.round(round));
    }
    List<Round> all = new ArrayList<>(after);
    contest.rounds().stream().filter(r -> r.engine().equals(ours.name())).forEach(all::add);
    Round median = Contest.median(ours.name(), all);
    end(ours);

    stage("stub");
    Double stub = null;
    try (StubRun run =
        during(new StubRun(options.home(), options.work().resolve("logs/stub.log")))) {
      stub = run.rate(lengths.stubTickets());
      Progress.line("Without tokenizer and model: %.0f tickets/s", stub);
    } catch (IOException e) {
      doubts.add(e.getMessage());
    }

    stage("start");
    List<Standalone.Started> starts = new ArrayList<>();
    Standalone standalone = during(new Standalone(options.home(), options.work()));
    for (String which : List.of("first", "second")) {
      Standalone.Started started = standalone.start();
      starts.add(started);
      Progress.line("The %s ./start was ready after %.1f s", which, started.readySeconds());
    }
    return new Measured(
        began,
        options.quick(),
        Machine.commit(options.home()),
        machine,
        loadAverages,
        ours.digest(),
        new Measured.EngineFigures(
            ours.precision(),
            contest,
            after,
            median.ticketsPerSecond(),
            median.cpuSecondsPer1000(),
            singles,
            toFp32),
        pipeline,
        stub,
        starts,
        doubts);
  }

  /** How far the precision chosen is from fp32; null where there are no labelled tickets. */
  private Judged.@Nullable Difference judge(Engine ours, Engine.Conditions conditions)
      throws Exception {
    if (!Files.exists(options.labelled())) {
      doubts.add("there are no labelled tickets (" + options.labelled() + "): f1_loss is null");
      return null;
    }
    Engine exact = during(Engine.start("fp32", conditions));
    Judged.Difference difference =
        exact.judge(options.labelled()).to(ours.judge(options.labelled()));
    end(exact);
    Progress.line("%s against fp32: %s", ours.precision(), difference);
    return difference;
  }

  private void stage(String name) {
    double load = Machine.currentLoad();
    loadAverages.put(name, load);
    Progress.line("%s (load average %.1f)", name, load);
  }

  private synchronized <T extends AutoCloseable> T during(T started) {
    running.add(started);
    return started;
  }

  private void end(AutoCloseable started) throws Exception {
    synchronized (this) {
      running.remove(started);
    }
    started.close();
  }

  /** Whatever of it still runs, the last first. */
  private void endAll() {
    List<AutoCloseable> left;
    synchronized (this) {
      left = new ArrayList<>(running);
      running.clear();
    }
    for (int i = left.size() - 1; i >= 0; i--) {
      try {
        left.get(i).close();
      } catch (Exception e) {
        Progress.line("Something did not end: %s", e);
      }
    }
  }
}
