package tickets.benchmarks.killanywhere;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import tickets.benchmarks.Harness;
import tickets.benchmarks.Journal;
import tickets.benchmarks.Progress;
import tickets.benchmarks.killanywhere.Evidence.Position;
import tickets.benchmarks.killanywhere.Load.Accepted;
import tickets.benchmarks.killanywhere.Reconciliation.Kind;
import tickets.benchmarks.killanywhere.Workload.Channel;
import tickets.benchmarks.killanywhere.Workload.Draft;
import tickets.benchmarks.processes.Servers;
import tickets.contract.EventJson;
import tickets.contract.Topics;

/**
 * Proves the first guarantee by force: whatever process is killed or paused, whenever, every
 * accepted ticket ends in exactly one outcome and one row.
 *
 * <p>Exit code 0 only if nothing was lost, doubled or wrong and every fault was recovered from; 1
 * if something was; 2 if the run could not be made.
 */
public final class KillAnywhere {

  /**
   * After the last fault: for clients to get rid of their tickets, and for the product to decide.
   */
  private static final Duration QUIET_LIMIT = Duration.ofMinutes(5);

  private static final int QUIET_LOOKS = 3;
  private static final long PROGRESS_SECONDS = 5;

  private final Options options;
  private final List<Double> loadAverages = new ArrayList<>();

  private KillAnywhere(Options options) {
    this.options = options;
  }

  /**
   * What came of a run.
   *
   * @param lost accepted tickets that miss an outcome, on topics, in PostgreSQL or by GET /result
   * @param duplicated tickets with more than one outcome of one record, or more than one row
   * @param wrong whatever else must not be, by what it is
   * @param longestRecoveryS of all faults that were recovered from
   * @param unrecovered faults after which the path did not work again in time
   */
  record Result(
      int tickets,
      int faults,
      long seed,
      int lost,
      int duplicated,
      Map<String, Integer> wrong,
      double longestRecoveryS,
      int unrecovered,
      boolean quiet,
      Instant began,
      double seconds,
      Map<String, Object> machine,
      Map<String, Map<String, Integer>> channels,
      Map<String, Map<String, Object>> roles,
      Map<String, Integer> answers,
      Map<String, Integer> endedByItself,
      Map<String, Map<String, Object>> checks) {

    boolean passed() {
      return lost == 0 && duplicated == 0 && wrong.isEmpty() && unrecovered == 0 && quiet;
    }

    String lastLine() {
      return String.format(
          Locale.ROOT,
          "tickets=%d faults=%d lost=%d duplicated=%d longest_recovery_s=%.1f",
          tickets,
          faults,
          lost,
          duplicated,
          longestRecoveryS);
    }
  }

  public static void main(String[] arguments) {
    Harness.main(Options.USAGE, KillAnywhere::run, arguments);
  }

  private static int run(Path home, String... arguments) throws Exception {
    if (arguments.length == 2 && arguments[0].equals("--stop")) {
      Servers.stopLeft(Path.of(arguments[1]));
      return 0;
    }
    Result result = run(Options.of(home, arguments));
    System.out.println(result.lastLine());
    return result.passed() ? 0 : 1;
  }

  /** Makes the run, with everything that was started gone afterwards unless it is to be kept. */
  static Result run(Options options) throws Exception {
    return new KillAnywhere(options).run();
  }

  private Result run() throws Exception {
    if (Files.exists(options.work())) {
      throw new IOException(options.work() + " is there already. Choose a new directory.");
    }
    for (String module : List.of("ingest-api", "scorer-stream", "results-sink")) {
      Servers.jar(options.home(), module);
    }
    Files.createDirectories(options.work());
    System.setProperty("benchmarks.log", options.work().resolve("harness.log").toString());
    Progress.line(
        "%d tickets, %d faults, seed %d; everything of this run is in %s",
        options.tickets(), options.faults(), options.seed(), options.work());
    Servers servers = new Servers(options.home(), options.work(), Servers.Setup.startingFast());
    Thread onCtrlC = new Thread(servers::close, "on-ctrl-c");
    Runtime.getRuntime().addShutdownHook(onCtrlC);
    boolean kept = false;
    try {
      Result result = run(servers);
      if (options.keep()) {
        servers.leaveRunning();
        kept = true;
      }
      report(result, servers.endpoints());
      return result;
    } finally {
      if (!kept) {
        Progress.line("Stopping everything");
        servers.close();
        deleteStores();
      }
      Runtime.getRuntime().removeShutdownHook(onCtrlC);
    }
  }

  private Result run(Servers servers) throws Exception {
    Progress.line("Starting Kafka, PostgreSQL and Redis, then the three services");
    servers.start();
    Progress.line("All six are ready");
    Instant began = Instant.now();
    Workload workload =
        new Workload(options.home().resolve("benchmarks/workloads/tickets.jsonl"), options.seed());
    try (Journal sent = new Journal(options.work().resolve("sent.jsonl"));
        Journal accepted = new Journal(options.work().resolve("accepted.jsonl"));
        Journal faultsFile = new Journal(options.work().resolve("faults.jsonl"));
        SignsOfLife signs = new SignsOfLife(servers.endpoints())) {
      Faults faults =
          new Faults(
              servers,
              signs,
              faultsFile,
              FaultSchedule.of(options.seed(), options.faults(), options.dense()));
      try (Load load =
          new Load(
              servers.endpoints(),
              workload,
              options.tickets(),
              faults::secondsLeft,
              signs,
              sent,
              accepted)) {
        load.start();
        Thread progress = progress(load, signs);
        faults.run();
        boolean quiet = awaitQuiet(servers.endpoints(), load, signs);
        progress.interrupt();
        Progress.line("%s; reconciling", quiet ? "Quiet" : "NOT QUIET in time");
        return reconcile(servers, workload, load, faults, quiet, began);
      }
    }
  }

  private Thread progress(Load load, SignsOfLife signs) {
    Thread thread =
        new Thread(
            () -> {
              try {
                while (true) {
                  TimeUnit.SECONDS.sleep(PROGRESS_SECONDS);
                  double average =
                      ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
                  synchronized (loadAverages) {
                    loadAverages.add(average);
                  }
                  Progress.line(
                      "sent %d, taken or refused %d, decided %d (load %.1f)",
                      load.sent(), load.settled(), signs.decided(), average);
                }
              } catch (InterruptedException e) {
                // The run is over.
              }
            },
            "progress");
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  /**
   * Every client has its ticket off its hands, and every ticket is decided, in Kafka and stored.
   */
  private static boolean awaitQuiet(Servers.Endpoints at, Load load, SignsOfLife signs)
      throws InterruptedException {
    Progress.line("Faults are over: waiting until all is sent and decided");
    while (load.sent() < load.tickets()) {
      TimeUnit.SECONDS.sleep(1);
    }
    long deadline = System.nanoTime() + QUIET_LIMIT.toNanos();
    int quiet = 0;
    while (quiet < QUIET_LOOKS) {
      if (System.nanoTime() > deadline) {
        return false;
      }
      TimeUnit.SECONDS.sleep(1);
      quiet = load.done() && allDecided(at, signs) ? quiet + 1 : 0;
    }
    return true;
  }

  private static boolean allDecided(Servers.Endpoints at, SignsOfLife signs)
      throws InterruptedException {
    try (Admin admin =
            Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, at.kafka()));
        Connection connection = SignsOfLife.connect(at, Duration.ofSeconds(10));
        Statement statement = connection.createStatement();
        ResultSet pending =
            statement.executeQuery("select count(*) from ticket where state = 'PENDING'")) {
      Map<TopicPartition, OffsetSpec> ends =
          Evidence.LANES.stream()
              .flatMap(
                  topic ->
                      IntStream.range(0, Topics.PARTITIONS)
                          .mapToObj(number -> new TopicPartition(topic, number)))
              .collect(Collectors.toMap(partition -> partition, partition -> OffsetSpec.latest()));
      long published =
          admin.listOffsets(ends).all().get(10, TimeUnit.SECONDS).values().stream()
              .mapToLong(end -> end.offset())
              .sum();
      return published == signs.decided() && pending.next() && pending.getLong(1) == 0;
    } catch (SQLException | ExecutionException | TimeoutException e) {
      return false;
    }
  }

  private Result reconcile(
      Servers servers, Workload workload, Load load, Faults faults, boolean quiet, Instant began)
      throws SQLException, InterruptedException {
    List<Draft> drafts = IntStream.range(0, options.tickets()).mapToObj(workload::draft).toList();
    Map<Integer, Accepted> accepted = load.accepted();
    Reconciliation.Claims claims = claims(drafts, load);
    Set<String> ids = new HashSet<>(claims.scored());
    ids.addAll(claims.rejected());
    ids.addAll(claims.refused());
    Evidence evidence = Evidence.gather(servers.endpoints(), ids);
    List<Reconciliation.Check> checks = new ArrayList<>(Reconciliation.compare(claims, evidence));
    checks.add(
        new Reconciliation.Check(
            Kind.WRONG,
            "never taken, though every fault was over",
            drafts.stream()
                .map(Draft::number)
                .filter(
                    number ->
                        !accepted.containsKey(number)
                            && !load.refused().containsKey(number)
                            && !load.wrong().containsKey(number))
                .map(number -> "ticket " + number)
                .collect(Collectors.toSet())));
    checks.add(
        new Reconciliation.Check(
            Kind.WRONG,
            "an answer that no client should get",
            load.wrong().entrySet().stream()
                .map(each -> "ticket " + each.getKey() + ": " + each.getValue())
                .collect(Collectors.toSet())));

    List<Faults.Recovery> recoveries = faults.recoveries();
    Result result =
        new Result(
            options.tickets(),
            recoveries.size(),
            options.seed(),
            Reconciliation.count(checks, Kind.LOST),
            Reconciliation.count(checks, Kind.DUPLICATED),
            Tables.wrong(checks),
            Tables.longest(recoveries),
            (int) recoveries.stream().filter(each -> each.recoveryS() == null).count(),
            quiet,
            began,
            Duration.between(began, Instant.now()).toMillis() / 1000.0,
            machine(),
            Tables.channels(drafts, accepted, load.refused(), evidence),
            Tables.roles(recoveries),
            load.answers(),
            servers.ownExits(),
            Tables.checks(checks));
    try {
      Files.writeString(
          options.work().resolve("result.json"),
          EventJson.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(result) + "\n");
    } catch (IOException e) {
      throw new IllegalStateException("The result can't be written", e);
    }
    return result;
  }

  private static Reconciliation.Claims claims(List<Draft> drafts, Load load) {
    Map<Integer, Accepted> accepted = load.accepted();
    Set<String> scored = new HashSet<>();
    Set<String> rejected = new HashSet<>();
    Set<String> sent = new HashSet<>();
    Set<String> sentSha256 = new HashSet<>();
    Set<String> refused = new HashSet<>();
    Map<Position, String> acknowledged = new HashMap<>();
    for (Draft draft : drafts) {
      Accepted taken = accepted.get(draft.number());
      if (taken != null) {
        (draft.malformed() ? rejected : scored).add(taken.id());
        sent.add(taken.id());
        Position position = taken.position();
        if (position != null) {
          acknowledged.put(position, taken.id());
        }
      }
      @Nullable String id = draft.id();
      boolean byHttp = draft.channel() != Channel.KAFKA;
      if (id != null && draft.malformed() && byHttp) {
        refused.add(id);
      } else {
        if (id != null) {
          sent.add(id);
        }
        if (draft.textSha256() != null) {
          sentSha256.add(draft.textSha256());
        }
      }
    }
    return new Reconciliation.Claims(scored, rejected, acknowledged, sent, sentSha256, refused);
  }

  private Map<String, Object> machine() {
    synchronized (loadAverages) {
      return Map.of(
          "processors", Runtime.getRuntime().availableProcessors(),
          "java", System.getProperty("java.version"),
          "load_average_mean",
              round(loadAverages.stream().mapToDouble(each -> each).average().orElse(0)),
          "load_average_most",
              round(loadAverages.stream().mapToDouble(each -> each).max().orElse(0)));
    }
  }

  private static double round(double value) {
    return Math.round(value * 10) / 10.0;
  }

  private void report(Result result, Servers.Endpoints at) {
    Tables.print(result);
    System.out.println("sent.jsonl, accepted.jsonl, faults.jsonl, result.json: " + options.work());
    if (options.keep()) {
      System.out.println("Left running (endpoints.json has the same):");
      System.out.println("  http      " + at.http());
      System.out.println("  kafka     " + at.kafka());
      System.out.println("  postgres  " + at.libpq());
      System.out.println("  redis     redis://127.0.0.1:" + at.redisPort());
      System.out.println("Stop them with: benchmarks/kill-anywhere --stop " + options.work());
    }
  }

  /** Journals and logs stay; the data is of no use once it was counted. */
  private void deleteStores() throws IOException {
    Path stores = options.work().resolve("stores");
    if (Files.exists(stores)) {
      try (Stream<Path> tree = Files.walk(stores)) {
        for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(path);
        }
      }
    }
  }
}
