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
import tickets.benchmarks.Commit;
import tickets.benchmarks.Harness;
import tickets.benchmarks.Machine;
import tickets.benchmarks.Progress;
import tickets.benchmarks.Running;
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
  private final Running running = Running.untilCtrlC();
  private final Map<String, Double> loadAverages = new LinkedHashMap<>();
  private final List<String> doubts = new ArrayList<>();

  private BenchmarkRun(Options options) {
    this.options = options;
  }

  public static void main(String[] arguments) {
    Harness.main(Options.USAGE, BenchmarkRun::run, arguments);
  }

  private static int run(Path home, String... arguments) throws Exception {
    Options options = Options.of(home, arguments);
    Files.createDirectories(options.work());
    System.setProperty("benchmarks.log", options.work().resolve("harness.log").toString());
    BenchmarkRun run = new BenchmarkRun(options);
    Measured measured;
    try {
      measured = run.measure();
    } finally {
      run.running.close();
    }
    Files.write(
        options.json(),
        EventJson.mapper().writerWithDefaultPrettyPrinter().writeValueAsBytes(measured));
    measured.doubts().forEach(doubt -> Progress.line("Mind that %s", doubt));
    System.out.println(Summary.line(measured, options.json()));
    return 0;
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
    Engine ours = running.during(Engine.start("auto", conditions));
    Judged.Difference toFp32 = judge(ours, conditions);
    Singles singles = ours.singles(lengths.singles());
    List<Engine> contestants = new ArrayList<>(List.of(ours));
    List<String> peers = new ArrayList<>(List.of(Engine.DJL));
    Path files = options.peers();
    if (files != null) {
      peers.addAll(Engine.peers(files));
    }
    Path python = options.python();
    if (python != null) {
      peers.add(Engine.transformers(python));
    }
    List<Engine> others = Engine.startAll(peers, conditions);
    others.forEach(running::during);
    contestants.addAll(others);
    Contest.Result contest = Contest.run(contestants, lengths.engineRounds());
    for (Engine peer : others) {
      running.end(peer);
    }

    stage("pipeline");
    Servers servers =
        running.during(new Servers(options.home(), options.work(), Servers.Setup.asDeployed()));
    servers.start();
    Measured.PipelineFigures pipeline = new Pipeline(servers, options, doubts).measure();
    running.end(servers);

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
    running.end(ours);

    stage("stub");
    Double stub = null;
    try (StubRun run =
        running.during(new StubRun(options.home(), options.work().resolve("logs/stub.log")))) {
      stub = run.rate(lengths.stubTickets());
      Progress.line("Without tokenizer and model: %.0f tickets/s", stub);
    } catch (IOException e) {
      doubts.add(e.getMessage());
    }

    stage("start");
    List<Standalone.Started> starts = new ArrayList<>();
    Standalone standalone = running.during(new Standalone(options.home(), options.work()));
    for (String which : List.of("first", "second")) {
      Standalone.Started started = standalone.start();
      starts.add(started);
      Progress.line("The %s ./start was ready after %.1f s", which, started.readySeconds());
    }
    return new Measured(
        began,
        options.quick(),
        Commit.of(options.home()),
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
    Engine exact = running.during(Engine.start("fp32", conditions));
    Judged.Difference difference =
        exact.judge(options.labelled()).to(ours.judge(options.labelled()));
    running.end(exact);
    Progress.line("%s against fp32: %s", ours.precision(), difference);
    return difference;
  }

  private void stage(String name) {
    double load = Machine.currentLoad();
    loadAverages.put(name, load);
    Progress.line("%s (load average %.1f)", name, load);
  }
}
