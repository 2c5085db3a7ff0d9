package tickets.benchmarks.run;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tickets.benchmarks.Commit;
import tickets.benchmarks.Figures;
import tickets.benchmarks.Harness;
import tickets.benchmarks.Machine;
import tickets.benchmarks.Meters;
import tickets.benchmarks.Outcomes;
import tickets.benchmarks.Progress;
import tickets.benchmarks.Running;
import tickets.benchmarks.Texts;
import tickets.benchmarks.WarmUp;
import tickets.benchmarks.processes.Role;
import tickets.benchmarks.processes.Servers;
import tickets.benchmarks.processes.Usage;
import tickets.contract.EventJson;

/**
 * What a synchronous call takes at several rates of an open loop, and what it costs: how latency
 * grows with load, or what a setting does to it.
 */
public final class LoadCurve {

  private static final String USAGE =
      """
      Usage: benchmarks/load-curve [--at SHARES | --calls RATES] [--seconds N] [--warm-up N] [--set NAME=VALUE]... [--jvm OPTION]... [--json FILE] [--work DIR]

      Starts the six processes, warms them up with 240 callers, and lets calls come in an open loop.
        --at SHARES       of what 240 callers get answered: 0.1,0.3,0.5,0.7 unless said otherwise
        --calls RATES     calls a second instead, where another run is to be compared with
        --seconds N       of each rate (60)
        --warm-up N       seconds (150): JVMs compile what they run for as long as that and longer
        --set NAME=VALUE  a setting of the services; several times for several
        --jvm OPTION      of each service's JVM, after those it has; several times for several
        --json FILE       where the result goes (result.json in the work directory)
        --work DIR        where logs and data go (benchmarks/target/load-curve/...); must be new
      """;

  private static final int WINDOW_SECONDS = 15;
  private static final int LONE_CALLS = 60;

  /**
   * @param share of the capacity; null where rates were asked for
   * @param cpuMillis of a ticket, by process
   * @param ticketsPerBatch in the mean
   * @param stages medians, by where the time went
   */
  record Point(
      @Nullable Double share,
      Callers.Latency latency,
      Map<String, Double> cpuMillis,
      double ticketsPerBatch,
      Map<String, Map<String, Double>> stages) {}

  /**
   * @param settings that were not the services' own
   * @param jvm options of their JVMs, likewise
   * @param capacity calls a second that 240 callers got answered, window by window
   * @param alone of calls one after another
   */
  record Result(
      Machine machine,
      String commit,
      Map<String, String> settings,
      List<String> jvm,
      List<Double> capacity,
      Callers.Latency alone,
      List<Point> points,
      List<String> doubts) {}

  private final Path home;
  private final Path work;
  private final Path json;
  private final List<Double> rates;
  private final boolean shares;
  private final int seconds;
  private final int warmUp;
  private final Map<String, String> settings;
  private final List<String> jvm;
  private final List<String> doubts = new ArrayList<>();

  private LoadCurve(Path home, String... arguments) throws Harness.Unusable {
    this.home = home;
    String now = LocalDateTime.now().format(DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss"));
    Path in = home.resolve("benchmarks/target/load-curve/" + now);
    Path to = null;
    List<Double> at = List.of(0.1, 0.3, 0.5, 0.7);
    boolean ofCapacity = true;
    int length = 60;
    int warm = 150;
    Map<String, String> set = new LinkedHashMap<>();
    List<String> options = new ArrayList<>();
    for (int i = 0; i < arguments.length; i += 2) {
      String name = arguments[i];
      if (i + 1 == arguments.length) {
        throw new Harness.Unusable("unknown argument, or one without its value: " + name);
      }
      String value = arguments[i + 1];
      try {
        switch (name) {
          case "--at", "--calls" -> {
            at = Arrays.stream(value.split(",")).map(Double::valueOf).toList();
            ofCapacity = name.equals("--at");
          }
          case "--seconds" -> length = Integer.parseInt(value);
          case "--warm-up" -> warm = Integer.parseInt(value);
          case "--set" -> {
            int equals = value.indexOf('=');
            if (equals < 1) {
              throw new Harness.Unusable("--set takes NAME=VALUE, not " + value);
            }
            set.put(value.substring(0, equals), value.substring(equals + 1));
          }
          case "--jvm" -> options.add(value);
          case "--json" -> to = Path.of(value);
          case "--work" -> in = Path.of(value);
          default -> throw new Harness.Unusable("unknown argument " + name);
        }
      } catch (NumberFormatException e) {
        throw new Harness.Unusable(name + " takes numbers, not " + value);
      }
    }
    if (at.stream().anyMatch(rate -> !(rate > 0)) || length < 1 || warm < 1) {
      throw new Harness.Unusable("Rates and seconds have to be more than 0");
    }
    work = in;
    json = to == null ? in.resolve("result.json") : to;
    rates = at;
    shares = ofCapacity;
    seconds = length;
    warmUp = warm;
    settings = Map.copyOf(set);
    jvm = List.copyOf(options);
  }

  public static void main(String[] arguments) {
    Harness.main(USAGE, LoadCurve::run, arguments);
  }

  private static int run(Path home, String... arguments) throws Exception {
    LoadCurve curve = new LoadCurve(home, arguments);
    Files.createDirectories(curve.work);
    System.setProperty("benchmarks.log", curve.work.resolve("harness.log").toString());
    Result result;
    try (Running running = Running.untilCtrlC()) {
      result = curve.measure(running);
    }
    Files.write(
        curve.json, EventJson.mapper().writerWithDefaultPrettyPrinter().writeValueAsBytes(result));
    result.doubts().forEach(doubt -> Progress.line("Mind that %s", doubt));
    System.out.println(curve.json);
    return 0;
  }

  private Result measure(Running running) throws Exception {
    Machine machine = Machine.now();
    if (machine.loadAverage() > 0.5) {
      doubts.add("the machine was at work already, load average " + machine.loadAverage());
    }
    Workload arrivals = Workload.read(home.resolve("benchmarks/workloads/mix-open-loop.json"));
    List<String> texts = Texts.read(home.resolve("benchmarks/workloads").resolve(arrivals.texts()));
    Servers.Setup setup = Servers.Setup.asDeployed().withJvm(jvm);
    for (Map.Entry<String, String> setting : settings.entrySet()) {
      setup = setup.with(setting.getKey(), setting.getValue());
    }
    Servers servers = running.during(new Servers(home, work, setup));
    servers.start();
    try (Outcomes outcomes = new Outcomes(servers.endpoints().kafka());
        Callers callers = new Callers(URI.create(servers.endpoints().http()), texts)) {
      List<Double> capacity = capacity(callers);
      double most = WarmUp.lastRate(capacity);
      callers.fromTheFirstText();
      Callers.Latency alone = callers.oneByOne(LONE_CALLS);
      Progress.line("One call after another: p50 %s ms, p99 %s ms", alone.p50(), alone.p99());
      List<Point> points = new ArrayList<>();
      for (double rate : rates) {
        points.add(point(servers, outcomes, callers, arrivals, rate, most));
      }
      return new Result(
          machine, Commit.of(home), settings, jvm, capacity, alone, points, List.copyOf(doubts));
    }
  }

  private List<Double> capacity(Callers callers) throws InterruptedException {
    Progress.line("%d callers for %d s", Pipeline.CALLERS, warmUp);
    // All at once they would only overwhelm JVMs that have just started.
    try (Callers.ClosedLoop few = callers.new ClosedLoop(Pipeline.FEW_CALLERS)) {
      TimeUnit.SECONDS.sleep(WINDOW_SECONDS);
    }
    try (Callers.ClosedLoop loop = callers.new ClosedLoop(Pipeline.CALLERS)) {
      List<Double> rates = new ArrayList<>();
      for (int passed = 0; passed < warmUp; passed += WINDOW_SECONDS) {
        rates.add(loop.during(WINDOW_SECONDS).answeredPerSecond());
        Progress.line("%.1f a second", rates.get(rates.size() - 1));
      }
      return rates;
    }
  }

  private Point point(
      Servers servers,
      Outcomes outcomes,
      Callers callers,
      Workload arrivals,
      double rate,
      double capacity)
      throws IOException, InterruptedException {
    double perSecond = shares ? rate * capacity : rate;
    // One by one, and at another rate, they take ways that are not compiled yet.
    callers.openLoop(arrivals.gaps(perSecond), WINDOW_SECONDS);
    Meters before = Meters.at(servers.management(Role.SCORER));
    Map<Role, Usage.Of> used = Usage.of(servers);
    outcomes.stages();
    Callers.Latency latency = callers.openLoop(arrivals.gaps(perSecond), seconds);
    Map<String, Double> cpu = Pipeline.cpuPer1000(used, Usage.of(servers), latency.count());
    double batch =
        Figures.round(Meters.at(servers.management(Role.SCORER)).ticketsPerBatch(before));
    Progress.line(
        "%.1f calls a second: p50 %s ms, p90 %s ms, p99 %s ms; %s tickets a batch; CPU ms a ticket: %s",
        perSecond, latency.p50(), latency.p90(), latency.p99(), batch, cpu);
    return new Point(shares ? rate : null, latency, cpu, batch, outcomes.stages());
  }
}
