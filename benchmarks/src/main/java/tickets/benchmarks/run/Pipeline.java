package tickets.benchmarks.run;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import tickets.benchmarks.Figures;
import tickets.benchmarks.Meters;
import tickets.benchmarks.Outcomes;
import tickets.benchmarks.Progress;
import tickets.benchmarks.Texts;
import tickets.benchmarks.WarmUp;
import tickets.benchmarks.processes.Role;
import tickets.benchmarks.processes.Servers;
import tickets.benchmarks.processes.Usage;

/** Measures the six processes, warm, stage by stage. */
final class Pipeline {

  /** Callers of the closed loop: a full batch for each of two threads that score. */
  static final int CALLERS = 240;

  static final int FEW_CALLERS = 16;

  /** More than a window needs, so that the topic stays full to its end. */
  private static final double PLENTY = 1.5;

  /** Above MAX_LAG, 100,000 tickets, calls are refused; that is not what is measured. */
  private static final int BELOW_MAX_LAG = 95_000;

  private static final Duration DRAIN_LIMIT = Duration.ofSeconds(90);

  /** Enough for a window on two cores. */
  private static final int FIRST_FILL = 3_000;

  private final Servers servers;
  private final Options.Lengths lengths;
  private final Path workloads;
  private final List<String> doubts;

  Pipeline(Servers servers, Options options, List<String> doubts) {
    this.servers = servers;
    this.lengths = options.lengths();
    this.workloads = options.home().resolve("benchmarks/workloads");
    this.doubts = doubts;
  }

  Measured.PipelineFigures measure() throws IOException, InterruptedException {
    Workload openLoop = Workload.read(workloads.resolve("mix-open-loop.json"));
    Workload besideBacklog = Workload.read(workloads.resolve("mix-beside-backlog.json"));
    List<String> texts = Texts.read(workloads.resolve(openLoop.texts()));
    String kafka = servers.endpoints().kafka();
    try (Outcomes outcomes = new Outcomes(kafka);
        Backlog backlog = new Backlog(kafka, texts);
        Callers callers = new Callers(URI.create(servers.endpoints().http()), texts)) {
      few(callers);
      // Callers last: what is timed by the call needs JVMs that have compiled what they run.
      Meters meters = scorerMeters();
      List<Double> warmUpTopic = warmUpOnTopic(outcomes, backlog);
      double guess = warmUpTopic.get(warmUpTopic.size() - 1);
      Measured.Saturated withSinks = saturated("all at work", outcomes, backlog, guess);
      Map<String, Double> pss = pss();
      drain(outcomes);

      // Not stopped: started again, it would be cold.
      servers.of(Role.SINK).pause();
      Measured.Saturated alone;
      try {
        alone = saturated("sink paused", outcomes, backlog, withSinks.ticketsPerSecond());
        drain(outcomes);
      } finally {
        servers.of(Role.SINK).resume();
      }
      double padding = scorerMeters().paddingShare(meters);

      // Let the sink catch up, and join its groups again if it was away for too long.
      callers.oneByOne(20);
      List<Double> warmUpCallers = warmUp(callers);
      double capacity = WarmUp.lastRate(warmUpCallers);
      drain(outcomes);
      outcomes.stages();
      callers.fromTheFirstText();
      Callers.Latency idle = callers.oneByOne(lengths.idleCalls());
      Map<String, Map<String, Double>> idleStages = outcomes.stages();
      Progress.line("One call after another: p50 %s ms, p99 %s ms", idle.p50(), idle.p99());

      double rate = openLoop.rate(capacity);
      Progress.line("Calls in an open loop, %.1f a second, %d s", rate, lengths.openLoop());
      // One by one they take other ways than in crowds, which are not compiled yet.
      callers.openLoop(openLoop.gaps(rate), 2 * lengths.window());
      outcomes.stages();
      Meters metersBefore = scorerMeters();
      Map<Role, Usage.Of> usedBefore = Usage.of(servers);
      Callers.Latency open = callers.openLoop(openLoop.gaps(rate), lengths.openLoop());
      Map<String, Double> openCpu = cpuPer1000(usedBefore, Usage.of(servers), open.count());
      double openBatch = Figures.round(scorerMeters().ticketsPerBatch(metersBefore));
      Map<String, Map<String, Double>> openStages = outcomes.stages();
      Progress.line(
          "In the open loop: p50 %s ms, p99 %s ms, %s tickets a batch, CPU s per 1,000: %s",
          open.p50(), open.p99(), openBatch, openCpu);

      double events = openLoop.rate(withSinks.ticketsPerSecond());
      Progress.line("Events in an open loop, %.1f a second, %d s", events, lengths.openLoop());
      Callers.Latency overKafka;
      try (Events publisher = new Events(kafka, outcomes, texts)) {
        publisher.openLoop(openLoop.gaps(events), lengths.window());
        overKafka = publisher.openLoop(openLoop.gaps(events), lengths.openLoop());
      }
      Progress.line("Over Kafka: p50 %s ms, p99 %s ms", overKafka.p50(), overKafka.p99());

      Progress.line("Calls while a backlog drains, %d s", lengths.backlog());
      double plenty = withSinks.ticketsPerSecond() * (lengths.backlog() + 10) * PLENTY;
      backlog.publish(Math.round(Math.min(plenty, BELOW_MAX_LAG)));
      Callers.Latency beside =
          callers.openLoop(besideBacklog.gaps(besideBacklog.rate(capacity)), lengths.backlog());
      Progress.line("Beside the backlog: p99 %s ms, %s", beside.p99(), beside.statuses());
      return new Measured.PipelineFigures(
          warmUpCallers,
          warmUpTopic,
          capacity,
          idle,
          idleStages,
          open,
          openStages,
          openCpu,
          openBatch,
          overKafka,
          withSinks,
          alone,
          beside,
          padding,
          pss);
    }
  }

  /** All at once they would only overwhelm JVMs that have just started. */
  private void few(Callers callers) throws InterruptedException {
    try (Callers.ClosedLoop few = callers.new ClosedLoop(FEW_CALLERS)) {
      TimeUnit.SECONDS.sleep(lengths.window());
      Progress.line("%d calls answered to the first %d callers", few.answered(), FEW_CALLERS);
    }
  }

  /** Calls answered a second, window by window, until that has settled. */
  private List<Double> warmUp(Callers callers) throws IOException, InterruptedException {
    Progress.line("%d callers until the rate settles, %d s at most", CALLERS, lengths.mostWarmUp());
    try (Callers.ClosedLoop loop = callers.new ClosedLoop(CALLERS)) {
      List<Double> rates =
          WarmUp.untilSettled(loop::answered, lengths.window(), lengths.mostWarmUp(), doubts);
      if (rates.get(rates.size() - 1) <= 0) {
        throw new IOException("No call was answered; the services' logs say why");
      }
      if (loop.refused() > 0) {
        Progress.line("%d calls were refused meanwhile", loop.refused());
      }
      return rates;
    }
  }

  private List<Double> warmUpOnTopic(Outcomes outcomes, Backlog backlog)
      throws InterruptedException {
    Progress.line("A full topic until the rate settles, %d s at most", lengths.mostWarmUpOnTopic());
    // Nobody knows the rate yet: filled up where it runs low, by more where it was used up.
    long[] until = {outcomes.count()};
    long[] most = {FIRST_FILL};
    long[] last = {until[0]};
    LongSupplier count =
        () -> {
          long scored = outcomes.count();
          most[0] = Math.max(most[0], 3 * (scored - last[0]));
          last[0] = scored;
          long needed = scored + most[0];
          if (until[0] < needed) {
            backlog.publish(needed - until[0]);
            until[0] = needed;
          }
          return scored;
        };
    return WarmUp.untilSettled(count, lengths.window(), lengths.mostWarmUpOnTopic(), doubts);
  }

  /** The topic is filled, and then it is counted what is committed. */
  private Measured.Saturated saturated(
      String what, Outcomes outcomes, Backlog backlog, double guess)
      throws IOException, InterruptedException {
    long before = outcomes.count();
    long tickets = Math.round(guess * (lengths.saturated() + 3) * PLENTY);
    backlog.publish(tickets);
    // Publishing is over and the first batches are full.
    TimeUnit.SECONDS.sleep(2);
    outcomes.stages();
    Map<Role, Usage.Of> used = Usage.of(servers);
    long from = outcomes.count();
    long begin = System.nanoTime();
    TimeUnit.SECONDS.sleep(lengths.saturated());
    long scored = outcomes.count() - from;
    double seconds = (System.nanoTime() - begin) / 1e9;
    Map<String, Double> cpu = cpuPer1000(used, Usage.of(servers), scored);
    boolean stayedFull = outcomes.count() - before < tickets;
    if (!stayedFull) {
      doubts.add("the topic ran empty (" + what + "): the rate is above what is told");
    }
    Measured.Saturated saturated =
        new Measured.Saturated(
            seconds, scored, scored / seconds, cpu, outcomes.stages(), stayedFull);
    Progress.line(
        "Full topic, %s: %.1f tickets/s, CPU s per 1,000: %s",
        what, saturated.ticketsPerSecond(), cpu);
    return saturated;
  }

  /** CPU seconds of 1,000 tickets, which are milliseconds of one, by process. */
  static Map<String, Double> cpuPer1000(
      Map<Role, Usage.Of> before, Map<Role, Usage.Of> after, long scored) {
    Map<String, Double> cpu = new LinkedHashMap<>();
    before.forEach(
        (role, used) -> {
          Usage.Of now = after.get(role);
          if (now != null && scored > 0) {
            double seconds = now.cpuSeconds() - used.cpuSeconds();
            cpu.put(role.label(), Math.round(100_000 * seconds / scored) / 100.0);
          }
        });
    return cpu;
  }

  private Map<String, Double> pss() {
    Map<String, Double> pss = new LinkedHashMap<>();
    Usage.of(servers).forEach((role, used) -> pss.put(role.label(), Figures.round(used.pssMib())));
    return pss;
  }

  /** Waits until nothing more comes out. */
  private void drain(Outcomes outcomes) throws InterruptedException {
    long limit = System.nanoTime() + DRAIN_LIMIT.toNanos();
    long before = -1;
    while (outcomes.count() != before && System.nanoTime() < limit) {
      before = outcomes.count();
      TimeUnit.SECONDS.sleep(2);
    }
  }

  private Meters scorerMeters() throws IOException, InterruptedException {
    return Meters.at(servers.management(Role.SCORER));
  }
}
