package tickets.benchmarks.replaced;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tickets.benchmarks.Commit;
import tickets.benchmarks.Harness;
import tickets.benchmarks.Machine;
import tickets.benchmarks.Progress;
import tickets.benchmarks.Running;
import tickets.benchmarks.Texts;
import tickets.benchmarks.WarmUp;
import tickets.benchmarks.processes.Servers;
import tickets.benchmarks.run.Callers;
import tickets.benchmarks.run.Workload;
import tickets.contract.EventJson;

/** The pipeline beside the service that it replaces; the package's comment draws it. */
public final class ReplacedRun {

  private final Options options;
  private final Running running = Running.untilCtrlC();
  private final Map<String, Double> loadAverages = new LinkedHashMap<>();
  private final List<String> doubts = new ArrayList<>();

  private ReplacedRun(Options options) {
    this.options = options;
  }

  public static void main(String[] arguments) {
    Harness.main(Options.USAGE, ReplacedRun::run, arguments);
  }

  private static int run(Path home, String... arguments) throws Exception {
    Options options = Options.of(home, arguments);
    Files.createDirectories(options.work());
    System.setProperty("benchmarks.log", options.work().resolve("harness.log").toString());
    ReplacedRun run = new ReplacedRun(options);
    Compared compared;
    try {
      compared = run.measure();
    } finally {
      run.running.close();
    }
    Files.write(
        options.json(),
        EventJson.mapper().writerWithDefaultPrettyPrinter().writeValueAsBytes(compared));
    compared.doubts().forEach(doubt -> Progress.line("Mind that %s", doubt));
    System.out.println(Summary.line(compared, options.json()));
    return 0;
  }

  private Compared measure() throws Exception {
    Instant began = Instant.now();
    Machine machine = Machine.now();
    if (machine.loadAverage() > 0.5) {
      doubts.add("the machine was at work already, load average " + machine.loadAverage());
    }
    Progress.line("%s; everything of this run is in %s", machine, options.work());
    Options.Lengths lengths = options.lengths();
    Path workloads = options.home().resolve("benchmarks/workloads");
    Workload arrivals = Workload.read(workloads.resolve("mix-open-loop.json"));
    List<String> texts = Texts.read(workloads.resolve(arrivals.texts()));

    stage("warm-up");
    Servers servers =
        running.during(new Servers(options.home(), options.work(), Servers.Setup.asDeployed()));
    servers.start();
    List<Double> warmUp;
    List<Compared.Beside> beside = new ArrayList<>();
    try (Comparison comparison = new Comparison(servers, arrivals, texts, lengths)) {
      try (Callers.ClosedLoop loop = comparison.ours().new ClosedLoop(Comparison.MOST_CALLERS)) {
        warmUp =
            WarmUp.untilSettled(loop::answered, lengths.window(), lengths.mostWarmUp(), doubts);
      }
      for (ReplacedService.Deployment deployment :
          List.of(
              ReplacedService.Deployment.asItComes(),
              ReplacedService.Deployment.tuned(machine.cores()))) {
        stage(deployment.name());
        ReplacedService service =
            running.during(
                new ReplacedService(
                    options.home(),
                    options.python(),
                    options.work().resolve("replaced").resolve(deployment.name().replace(' ', '-')),
                    deployment));
        service.start();
        beside.add(comparison.with(service));
        running.end(service);
      }
    }
    return new Compared(
        began,
        options.quick(),
        Commit.of(options.home()),
        machine,
        loadAverages,
        warmUp,
        beside,
        doubts);
  }

  private void stage(String name) {
    double load = Machine.currentLoad();
    loadAverages.put(name, load);
    Progress.line("%s (load average %.1f)", name, load);
  }
}
