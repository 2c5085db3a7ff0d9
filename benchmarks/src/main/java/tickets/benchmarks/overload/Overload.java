package tickets.benchmarks.overload;

import static tickets.benchmarks.Figures.round;

import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import tickets.benchmarks.Figures;
import tickets.benchmarks.Harness;
import tickets.benchmarks.HttpCalls;
import tickets.benchmarks.HttpCalls.Answer;
import tickets.benchmarks.Progress;
import tickets.benchmarks.Texts;
import tickets.benchmarks.processes.Role;
import tickets.benchmarks.processes.Servers;
import tickets.benchmarks.processes.Usage;
import tickets.contract.EventJson;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * First a closed loop says what the pipeline scores at its best, and calls one after the other how
 * quick it is at rest. Then calls arrive at so many times that rate, whatever becomes of those
 * before, every second one synchronous, all texts distinct; each is timed from when it was to be
 * sent. Afterwards calls one after the other tell when it is quick again, PostgreSQL whether
 * everything that was accepted was scored, and the closed loop once more what is scored at best: a
 * machine whose pace drifts is to be compared with itself on both sides.
 */
public final class Overload {

  private static final String SYNC = "/v1/bert_prediction";
  private static final String ASYNC = "/v1/bert_prediction_async";

  /** Fills a batch for each of two threads that score. */
  private static final int CLOSED_LOOP = 240;

  /** Growth from one window to the next below which the rate has settled, and when to give up. */
  private static final double SETTLED = 1.05;

  private static final int MOST_WINDOWS = 8;

  /** Of the best, before the overload and again after it: one alone is off by 5 % and more. */
  private static final int WINDOWS = 2;

  /** Of kept connections, a hundred times a second while it warms up. */
  private static final int CLOSED_AT_A_TIME = 5;

  private static final int IDLE_CALLS = 100;

  /**
   * A service that no longer answers would take every file descriptor of this process, with which
   * it could not even end what it started.
   */
  private static final int MOST_OPEN = 8_000;

  /** SYNC_TIMEOUT and some. */
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** What must hold. */
  private static final double MOST_REFUSAL_P99_MS = 250;

  private static final double LEAST_EFFICIENCY = 0.95;
  private static final double MOST_RECOVERY_S = 10;
  private static final double MOST_MEMORY_GROWTH = 1.10;

  private static final Duration SCORED_LIMIT = Duration.ofSeconds(120);

  private final Options options;
  private final Texts texts;
  private final AtomicLong numbers = new AtomicLong();
  private final ScheduledExecutorService pauses =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "pauses");
            thread.setDaemon(true);
            return thread;
          });
  private final List<Double> loadAverages = new ArrayList<>();

  private Overload(Options options) {
    this.options = options;
    this.texts = new Texts(options.home());
  }

  /**
   * One phase's work.
   *
   * @param scored outcomes decided in it
   * @param productCpuSeconds of all six processes
   * @param scorerCpuSeconds of the scorer alone
   * @param cpuSecondsByRole of each
   */
  record Throughput(
      double seconds,
      int scored,
      double scoredPerSecond,
      double productCpuSeconds,
      double scorerCpuSeconds,
      double scoredPerProductCpuSecond,
      double scoredPerScorerCpuSecond,
      Map<String, Double> cpuSecondsByRole) {

    static Throughput of(
        double seconds, int scored, double cpu, double scorer, Map<String, Double> byRole) {
      return new Throughput(
          round(seconds),
          scored,
          round(scored / seconds),
          round(cpu),
          round(scorer),
          round(scored / cpu),
          round(scored / scorer),
          byRole);
    }

    static Throughput together(List<Throughput> windows) {
      Map<String, Double> byRole = new LinkedHashMap<>();
      windows.forEach(
          window ->
              window
                  .cpuSecondsByRole()
                  .forEach((role, cpu) -> byRole.merge(role, cpu, Double::sum)));
      byRole.replaceAll((role, cpu) -> round(cpu));
      return of(
          windows.stream().mapToDouble(Throughput::seconds).sum(),
          windows.stream().mapToInt(Throughput::scored).sum(),
          windows.stream().mapToDouble(Throughput::productCpuSeconds).sum(),
          windows.stream().mapToDouble(Throughput::scorerCpuSeconds).sum(),
          byRole);
    }
  }

  /** Memory and work at one moment of the overload, MiB. */
  record Sample(double second, double pssMib, Map<String, Double> pssMibByRole, int waiting) {}

  /** What the services' heaps hold after a full collection, before the overload and after it. */
  record LiveHeap(Map<String, Double> beforeMib, Map<String, Double> afterMib) {}

  /**
   * What came of a run. Latencies are in milliseconds, from the intended time.
   *
   * @param answers by call and status; 0 is no answer, "not sent" where too many were open
   * @param best all of {@code bestWindows} together
   * @param bestWindows half of them before the overload, half after it
   * @param wrong what must not be, in words
   */
  record Result(
      Instant began,
      int factor,
      int seconds,
      double arrivalsPerSecond,
      Map<String, Object> idleLatencyMs,
      Throughput best,
      List<Throughput> bestWindows,
      Throughput underOverload,
      double efficiency,
      double efficiencyOfScorer,
      Map<String, Integer> answers,
      Map<String, Object> refusedMs,
      Map<String, Object> syncAcceptedMs,
      Map<String, Object> asyncAcceptedMs,
      int refusedWithoutRetryAfter,
      int accepted,
      int lost,
      double recoveryS,
      double memoryGrowth,
      LiveHeap liveHeap,
      List<Sample> samples,
      Map<String, Object> machine,
      List<String> wrong) {

    String lastLine() {
      return String.format(
          Locale.ROOT,
          "factor=%d seconds=%d accepted=%d lost=%d no_answer_in_time=%d refused_p99_ms=%s"
              + " efficiency=%.2f recovery_s=%.1f memory_growth=%.2f",
          factor,
          seconds,
          accepted,
          lost,
          answers.getOrDefault("sync 504", 0) + answers.getOrDefault("sync 0", 0),
          refusedMs.get("p99"),
          efficiency,
          recoveryS,
          memoryGrowth);
    }
  }

  public static void main(String[] arguments) {
    Harness.main(Options.USAGE, Overload::run, arguments);
  }

  private static int run(Path home, String... arguments) throws Exception {
    Result result = run(Options.of(home, arguments));
    print(result);
    System.out.println(result.lastLine());
    return result.wrong().isEmpty() ? 0 : 1;
  }

  static Result run(Options options) throws Exception {
    Files.createDirectories(options.work());
    System.setProperty("benchmarks.log", options.work().resolve("harness.log").toString());
    Servers servers = new Servers(options.home(), options.work(), Servers.Setup.atFullSpeed());
    Thread onCtrlC = new Thread(servers::close, "on-ctrl-c");
    Runtime.getRuntime().addShutdownHook(onCtrlC);
    try {
      Progress.line("Starting six processes; everything of this run is in %s", options.work());
      servers.start();
      Result result = new Overload(options).run(servers);
      Files.writeString(
          options.work().resolve("result.json"),
          EventJson.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(result) + "\n");
      return result;
    } finally {
      servers.close();
      Runtime.getRuntime().removeShutdownHook(onCtrlC);
    }
  }

  private Result run(Servers servers) throws Exception {
    Instant began = Instant.now();
    URI http = URI.create(servers.endpoints().http());
    try (HttpCalls calls = new HttpCalls(http.getHost(), http.getPort(), PATIENCE)) {
      // Refusing has to be warm too: with so many callers most are refused.
      Progress.line("Warming up, %d s", options.measureSeconds());
      // And connecting, on both sides: else a flood's first seconds, when thousands do, tell how
      // far compilers are, of which this harness's alone took half a core.
      ScheduledFuture<?> anew =
          pauses.scheduleAtFixedRate(
              () -> calls.closeKept(CLOSED_AT_A_TIME), 10, 10, TimeUnit.MILLISECONDS);
      closedLoop(servers, calls, 4 * CLOSED_LOOP, 200);
      anew.cancel(false);
      settle(servers, calls);
      List<Throughput> best = best(servers, calls);
      Figures idle = new Figures();
      for (int i = 0; i < IDLE_CALLS; i++) {
        idle.add(one(calls));
      }
      Progress.line("At rest: %s ms", idle.summary());
      return overload(servers, calls, began, idle, best);
    }
  }

  /** Until the rate grows no more: compilers of four JVMs take minutes on a small machine. */
  private void settle(Servers servers, HttpCalls calls) throws Exception {
    double before = 0;
    for (int window = 1; window <= MOST_WINDOWS; window++) {
      double now = closedLoop(servers, calls, CLOSED_LOOP, 1_000).scoredPerSecond();
      Progress.line("Settling: %.1f tickets/s", now);
      if (now < SETTLED * before) {
        return;
      }
      before = now;
    }
  }

  private List<Throughput> best(Servers servers, HttpCalls calls) throws Exception {
    List<Throughput> windows = new ArrayList<>();
    for (int window = 0; window < WINDOWS; window++) {
      windows.add(closedLoop(servers, calls, CLOSED_LOOP, 1_000));
      Progress.line("At its best: %s", windows.get(window));
    }
    return windows;
  }

  private byte[] body() {
    return EventJson.write(Map.of("text", texts.distinct(numbers.incrementAndGet())));
  }

  /** One synchronous call, in milliseconds. */
  private double one(HttpCalls calls) throws InterruptedException {
    CountDownLatch answered = new CountDownLatch(1);
    long sent = System.nanoTime();
    calls.post(SYNC, body(), answer -> answered.countDown());
    answered.await();
    return (System.nanoTime() - sent) / 1e6;
  }

  /**
   * Callers that each send the next call when the last one was answered.
   *
   * @param pauseMillis of one that was refused
   */
  private Throughput closedLoop(Servers servers, HttpCalls calls, int callers, long pauseMillis)
      throws Exception {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(options.measureSeconds());
    AtomicInteger running = new AtomicInteger(callers);
    Meter meter = new Meter(servers);
    for (int i = 0; i < callers; i++) {
      again(calls, until, running, pauseMillis);
    }
    TimeUnit.NANOSECONDS.sleep(until - System.nanoTime());
    meter.stop();
    while (running.get() > 0) {
      TimeUnit.MILLISECONDS.sleep(20);
    }
    // PostgreSQL is not waited for by callers.
    TimeUnit.SECONDS.sleep(2);
    return meter.throughput();
  }

  private void again(HttpCalls calls, long until, AtomicInteger running, long pauseMillis) {
    if (System.nanoTime() >= until) {
      running.decrementAndGet();
      return;
    }
    calls.post(
        SYNC,
        body(),
        answer -> {
          if (answer.status() == 200) {
            again(calls, until, running, pauseMillis);
          } else {
            // Refused or failed: a caller who insists at once would only measure itself.
            pauses.schedule(
                () -> again(calls, until, running, pauseMillis),
                pauseMillis,
                TimeUnit.MILLISECONDS);
          }
        });
  }

  /** Measures what is done between its making and its stop. */
  private static final class Meter {
    private final Servers servers;
    private final Instant from = Instant.now();
    private final Map<Role, Usage.Of> before;
    private Instant to = from;
    private Map<Role, Usage.Of> after = Map.of();

    Meter(Servers servers) {
      this.servers = servers;
      this.before = Usage.of(servers);
    }

    void stop() {
      to = Instant.now();
      after = Usage.of(servers);
    }

    /** Call it when what was decided until the stop is in the table. */
    Throughput throughput() throws SQLException {
      double seconds = Duration.between(from, to).toNanos() / 1e9;
      double cpu = Usage.cpuSeconds(after) - Usage.cpuSeconds(before);
      double scorer = cpu(after) - cpu(before);
      int scored = decided(servers.endpoints(), from, to);
      return Throughput.of(seconds, scored, cpu, scorer, byRole());
    }

    private Map<String, Double> byRole() {
      Map<Role, Double> used = new EnumMap<>(Role.class);
      after.forEach(
          (role, of) -> {
            Usage.Of then = before.get(role);
            used.put(role, of.cpuSeconds() - (then == null ? 0 : then.cpuSeconds()));
          });
      return Overload.byRole(used);
    }

    private static double cpu(Map<Role, Usage.Of> usage) {
      Usage.Of scorer = usage.get(Role.SCORER);
      return scorer == null ? 0 : scorer.cpuSeconds();
    }
  }

  private static Connection connect(Servers.Endpoints at) throws SQLException {
    return DriverManager.getConnection(at.postgres(), at.postgresUser(), at.postgresPassword());
  }

  private static int decided(Servers.Endpoints at, Instant from, Instant to) throws SQLException {
    try (Connection connection = connect(at);
        PreparedStatement query =
            connection.prepareStatement(
                "select count(*) from ticket where decided_at >= ? and decided_at < ?")) {
      query.setTimestamp(1, Timestamp.from(from));
      query.setTimestamp(2, Timestamp.from(to));
      try (ResultSet rows = query.executeQuery()) {
        rows.next();
        return rows.getInt(1);
      }
    }
  }

  /** What the arrivals were answered. */
  private static final class Answers {
    final Map<String, AtomicInteger> statuses = new ConcurrentHashMap<>();
    final Figures refused = new Figures();
    final Figures syncAccepted = new Figures();
    final Figures asyncAccepted = new Figures();
    final Queue<String> acceptedIds = new ConcurrentLinkedQueue<>();
    final AtomicInteger withoutRetryAfter = new AtomicInteger();
    final AtomicInteger unexpected = new AtomicInteger();
    final AtomicInteger open = new AtomicInteger();

    void count(boolean sync, String status) {
      statuses
          .computeIfAbsent((sync ? "sync " : "async ") + status, key -> new AtomicInteger())
          .incrementAndGet();
    }

    void take(boolean sync, Answer answer, double millis) {
      open.decrementAndGet();
      count(sync, Integer.toString(answer.status()));
      switch (answer.status()) {
        case 200, 202, 504 -> {
          (sync ? syncAccepted : asyncAccepted).add(millis);
          String id = taskId(answer.body());
          if (id != null) {
            acceptedIds.add(id);
          }
        }
        case 429, 503 -> {
          refused.add(millis);
          String retryAfter = answer.retryAfter();
          if (retryAfter == null || !retryAfter.matches("[0-9]+")) {
            withoutRetryAfter.incrementAndGet();
          }
        }
        default -> {
          if (unexpected.incrementAndGet() <= 3) {
            Progress.line("Unexpected answer %d: %s", answer.status(), answer.body());
          }
        }
      }
    }

    private static @Nullable String taskId(String body) {
      try {
        JsonNode id = EventJson.mapper().readTree(body).get("task_id");
        return id != null && id.isString() ? id.stringValue() : null;
      } catch (JacksonException e) {
        return null;
      }
    }
  }

  private Result overload(
      Servers servers, HttpCalls calls, Instant began, Figures idle, List<Throughput> before)
      throws Exception {
    double perSecond = Throughput.together(before).scoredPerSecond() * options.factor();
    Progress.line("Sending %.0f calls a second for %d s", perSecond, options.seconds());
    Answers answers = new Answers();
    List<Sample> samples = new ArrayList<>();
    Map<Role, Double> liveBefore = Usage.liveHeapMib(servers);
    Meter meter = new Meter(servers);
    long start = System.nanoTime();
    long arrivals = Math.round(perSecond * options.seconds());
    double nextSample = 1;
    for (long n = 0; n < arrivals; ) {
      double now = (System.nanoTime() - start) / 1e9;
      for (; n < arrivals && n / perSecond <= now; n++) {
        arrive(calls, answers, n % 2 == 0, start + (long) (n / perSecond * 1e9));
      }
      if (now >= nextSample) {
        samples.add(sample(servers, now, answers));
        nextSample = now + Math.max(1, options.seconds() / 60.0);
        Progress.line(
            "%s, %d open; load %.1f",
            new TreeMap<>(answers.statuses),
            answers.open.get(),
            loadAverages.get(loadAverages.size() - 1));
      }
      TimeUnit.MILLISECONDS.sleep(1);
    }
    meter.stop();
    double recovery = recovery(calls, idle.percentile(50), System.nanoTime());
    while (answers.open.get() > 0) {
      TimeUnit.MILLISECONDS.sleep(50);
    }
    int lost = unscored(servers.endpoints(), List.copyOf(answers.acceptedIds));
    LiveHeap live = new LiveHeap(byRole(liveBefore), byRole(Usage.liveHeapMib(servers)));
    Throughput under = meter.throughput();
    List<Throughput> best = new ArrayList<>(before);
    best.addAll(best(servers, calls));
    return result(began, perSecond, idle, best, under, answers, lost, recovery, samples, live);
  }

  private void arrive(HttpCalls calls, Answers answers, boolean sync, long intended) {
    if (answers.open.get() >= MOST_OPEN) {
      answers.count(sync, "not sent");
      return;
    }
    answers.open.incrementAndGet();
    calls.post(
        sync ? SYNC : ASYNC,
        body(),
        answer -> answers.take(sync, answer, (System.nanoTime() - intended) / 1e6));
  }

  private Sample sample(Servers servers, double second, Answers answers) {
    loadAverages.add(ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
    Map<Role, Usage.Of> usage = Usage.of(servers);
    Map<Role, Double> pss = new EnumMap<>(Role.class);
    usage.forEach((role, of) -> pss.put(role, of.pssMib()));
    return new Sample(round(second), round(Usage.pssMib(usage)), byRole(pss), answers.open.get());
  }

  private static Map<String, Double> byRole(Map<Role, Double> figures) {
    Map<String, Double> byRole = new LinkedHashMap<>();
    figures.forEach((role, figure) -> byRole.put(role.label(), round(figure)));
    return byRole;
  }

  /** Seconds until five calls in a row took less than twice the median at rest. */
  private double recovery(HttpCalls calls, double idleMillis, long over)
      throws InterruptedException {
    int quick = 0;
    double quickSince = 0;
    while (quick < 5 && System.nanoTime() - over < TimeUnit.MINUTES.toNanos(5)) {
      double began = (System.nanoTime() - over) / 1e9;
      if (one(calls) < 2 * idleMillis) {
        quickSince = quick == 0 ? began : quickSince;
        quick++;
      } else {
        quick = 0;
      }
    }
    return round(quickSince);
  }

  /** How many of these PostgreSQL does not have a score for, after a while. */
  private static int unscored(Servers.Endpoints at, List<String> ids)
      throws SQLException, InterruptedException {
    long deadline = System.nanoTime() + SCORED_LIMIT.toNanos();
    int missing;
    do {
      TimeUnit.SECONDS.sleep(1);
      try (Connection connection = connect(at);
          PreparedStatement query =
              connection.prepareStatement(
                  "select count(*) from ticket t join prediction p using (task_id)"
                      + " where t.state = 'SCORED' and task_id = any(?)")) {
        query.setArray(1, connection.createArrayOf("text", ids.toArray()));
        try (ResultSet rows = query.executeQuery()) {
          rows.next();
          missing = ids.size() - rows.getInt(1);
        }
      }
    } while (missing > 0 && System.nanoTime() < deadline);
    return missing;
  }

  private Result result(
      Instant began,
      double perSecond,
      Figures idle,
      List<Throughput> bestWindows,
      Throughput under,
      Answers answers,
      int lost,
      double recovery,
      List<Sample> samples,
      LiveHeap live) {
    Throughput best = Throughput.together(bestWindows);
    Map<String, Integer> statuses = new TreeMap<>();
    answers.statuses.forEach((status, count) -> statuses.put(status, count.get()));
    double efficiency = under.scoredPerProductCpuSecond() / best.scoredPerProductCpuSecond();
    double growth = growth(samples);
    List<String> wrong = new ArrayList<>();
    statuses.forEach(
        (status, count) -> {
          if (!List.of("sync 200", "sync 503", "async 202", "async 503").contains(status)) {
            wrong.add(count + " answers " + status);
          }
        });
    check(wrong, lost == 0, "accepted and not scored: " + lost);
    check(
        wrong,
        answers.withoutRetryAfter.get() == 0,
        "refused without Retry-After: " + answers.withoutRetryAfter.get());
    check(wrong, answers.refused.count() > 0, "nothing was refused: that was no overload");
    check(
        wrong,
        answers.refused.percentile(99) < MOST_REFUSAL_P99_MS,
        "refusals' p99 is not under " + MOST_REFUSAL_P99_MS + " ms");
    check(wrong, efficiency >= LEAST_EFFICIENCY, "efficiency is under " + LEAST_EFFICIENCY);
    check(wrong, recovery <= MOST_RECOVERY_S, "not quick again in " + MOST_RECOVERY_S + " s");
    check(wrong, growth <= MOST_MEMORY_GROWTH, "memory grew by more than a tenth");
    Map<String, Object> machine = new LinkedHashMap<>();
    machine.put("processors", Runtime.getRuntime().availableProcessors());
    machine.put("java", System.getProperty("java.version"));
    Figures loads = new Figures();
    loadAverages.forEach(loads::add);
    machine.put("load_average_median", round(loads.percentile(50)));
    machine.put("load_average_most", round(loads.percentile(100)));
    machine.put(
        "generator_cpu_seconds",
        round(
            ProcessHandle.current()
                .info()
                .totalCpuDuration()
                .map(time -> time.toMillis() / 1000.0)
                .orElse(0.0)));
    return new Result(
        began,
        options.factor(),
        options.seconds(),
        round(perSecond),
        idle.summary(),
        best,
        bestWindows,
        under,
        Math.round(efficiency * 100) / 100.0,
        Math.round(100 * under.scoredPerScorerCpuSecond() / best.scoredPerScorerCpuSecond())
            / 100.0,
        statuses,
        answers.refused.summary(),
        answers.syncAccepted.summary(),
        answers.asyncAccepted.summary(),
        answers.withoutRetryAfter.get(),
        answers.acceptedIds.size(),
        lost,
        recovery,
        Math.round(growth * 100) / 100.0,
        live,
        samples,
        machine,
        wrong);
  }

  /** The most memory in the last quarter over the most in the second: heaps fill in the first. */
  private static double growth(List<Sample> samples) {
    int quarter = samples.size() / 4;
    return quarter == 0
        ? 1
        : most(samples, 3 * quarter) / most(samples.subList(0, 2 * quarter), quarter);
  }

  private static double most(List<Sample> samples, int from) {
    return samples.subList(from, samples.size()).stream()
        .mapToDouble(Sample::pssMib)
        .max()
        .orElse(1);
  }

  private static void check(List<String> wrong, boolean holds, String otherwise) {
    if (!holds) {
      wrong.add(otherwise);
    }
  }

  private static void print(Result result) {
    row("");
    row("%-22s %8s %8s %8s %8s %9s", "latency, ms", "calls", "p50", "p90", "p99", "longest");
    row("at rest", result.idleLatencyMs());
    row("refused", result.refusedMs());
    row("sync, accepted", result.syncAcceptedMs());
    row("async, accepted", result.asyncAcceptedMs());
    row("");
    row(
        "%-22s %8s %10s %16s %16s",
        "scored", "tickets", "a second", "a CPU second", "a scorer's one");
    row("at its best", result.best());
    row("under overload", result.underOverload());
    row("");
    row("Answers: %s", result.answers());
    row("Accepted %d, of these not scored %d", result.accepted(), result.lost());
    if (!result.samples().isEmpty()) {
      row("PSS, MiB, first: %s", result.samples().get(0).pssMibByRole());
      row("PSS, MiB, last:  %s", result.samples().get(result.samples().size() - 1).pssMibByRole());
    }
    row("Live heap, MiB: %s", result.liveHeap());
    row("%s", "Machine: " + result.machine());
    result.wrong().forEach(what -> row("NOT AS PROMISED: %s", what));
  }

  private static void row(String name, Map<String, Object> figures) {
    row(
        "%-22s %8s %8s %8s %8s %9s",
        name,
        figures.get("count"),
        figures.get("p50"),
        figures.get("p90"),
        figures.get("p99"),
        figures.get("longest"));
  }

  private static void row(String name, Throughput work) {
    row(
        "%-22s %8d %10.1f %16.1f %16.1f",
        name,
        work.scored(),
        work.scoredPerSecond(),
        work.scoredPerProductCpuSecond(),
        work.scoredPerScorerCpuSecond());
  }

  private static void row(String format, @Nullable Object... values) {
    System.out.println(String.format(Locale.ROOT, format, values));
  }
}
