package tickets.benchmarks.backlog;

import static tickets.benchmarks.Figures.round;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import tickets.benchmarks.GroupOffsets;
import tickets.benchmarks.OutcomeCount;
import tickets.benchmarks.Progress;
import tickets.benchmarks.Texts;
import tickets.benchmarks.processes.Role;
import tickets.benchmarks.processes.Servers;
import tickets.benchmarks.processes.Usage;
import tickets.contract.ConsumerGroups;
import tickets.contract.Topics;

/**
 * What the pipeline costs without tokenizer and model. Backlogs of growing length, each there as a
 * whole before the first of its tickets can be seen: first through the scorer alone, then what it
 * wrote through the sink alone, then one more through both at once.
 */
final class StubBacklog {

  /** The JVM's compiler has to see the work first. */
  private static final int WARM_UP_TICKETS = 200_000;

  private static final int WARM_UP_SECONDS = 20;

  private static final int SMALLEST = 1_000;
  private static final int FACTOR = 10;

  private static final long SAMPLE_MILLIS = 100;
  private static final int LONG_SAMPLE_EVERY = 10;

  private final Servers servers;
  private final GatedTickets tickets;
  private final GroupOffsets offsets;

  private StubBacklog(Servers servers, GatedTickets tickets, GroupOffsets offsets) {
    this.servers = servers;
    this.tickets = tickets;
    this.offsets = offsets;
  }

  /**
   * One moment.
   *
   * @param done records that each group has committed, of those that the run is about
   * @param pssMib of each process
   */
  record Sample(double second, Map<String, Long> done, Map<String, Double> pssMib) {}

  /**
   * One backlog.
   *
   * @param seconds from the moment at which it could be seen until all was committed, by group
   * @param perSecond by group
   * @param cpuSeconds of all that time, by process
   * @param load of the machine, one minute's average at the end: others may work on it
   */
  record Drained(
      int backlog,
      Map<String, Double> seconds,
      Map<String, Double> perSecond,
      Map<String, Double> cpuSeconds,
      double load,
      List<Sample> samples) {

    double cpu() {
      return cpuSeconds.values().stream().mapToDouble(each -> each).sum();
    }
  }

  /** Of all tickets of the run, what stands in the topics. */
  record Counted(int tickets, int priorities, int lost, int doubled, int rejections) {}

  record Result(
      Instant began,
      String machine,
      List<Drained> scorer,
      @Nullable Drained sink,
      @Nullable Drained together,
      Counted counted,
      Map<String, Long> stored) {

    String lastLine() {
      Drained longest = scorer.get(scorer.size() - 1);
      return String.format(
          Locale.ROOT,
          "tickets=%d stub_tickets_per_s=%.0f cpu_us_per_ticket=%.1f lost=%d doubled=%d"
              + " scorer_memory_growth=%.2f",
          longest.backlog(),
          longest.perSecond().getOrDefault(ConsumerGroups.SCORER, 0.0),
          1e6 * longest.cpu() / longest.backlog(),
          counted.lost(),
          counted.doubled(),
          growth(longest));
    }

    private static double growth(Drained drained) {
      List<Double> scorer =
          drained.samples().stream()
              .map(sample -> sample.pssMib().get(Role.SCORER.label()))
              .filter(java.util.Objects::nonNull)
              .toList();
      return scorer.isEmpty() ? 1 : scorer.get(scorer.size() - 1) / scorer.get(0);
    }
  }

  /**
   * @param longest the longest backlog of the scorer's
   * @param withSink whether the sink and both together are measured too
   */
  static Result run(Path home, Path work, int longest, boolean withSink) throws Exception {
    Instant began = Instant.now();
    Servers servers =
        new Servers(home, work, Servers.Setup.atFullSpeed().withScorer(StubScorer.class));
    Runtime.getRuntime().addShutdownHook(new Thread(servers::close, "on-ctrl-c"));
    servers.start();
    String kafka = servers.endpoints().kafka();
    try (GatedTickets tickets = new GatedTickets(new Texts(home), kafka);
        GroupOffsets offsets = new GroupOffsets(kafka)) {
      StubBacklog backlog = new StubBacklog(servers, tickets, offsets);
      servers.of(Role.SINK).terminate();
      backlog.score(Math.min(longest, WARM_UP_TICKETS));
      List<Drained> scorer = new ArrayList<>();
      for (long size = SMALLEST; size < longest; size *= FACTOR) {
        scorer.add(backlog.score((int) size));
      }
      Drained sink = null;
      Drained together = null;
      Map<String, Long> stored = Map.of();
      if (withSink) {
        sink = backlog.store();
        together = backlog.scoreAndStore(longest / FACTOR);
        stored = backlog.stored(sink.backlog() + together.backlog());
        servers.of(Role.SINK).terminate();
      }
      // Last, as no sink could keep up with its end.
      scorer.add(backlog.score(longest));
      return new Result(began, machine(), scorer, sink, together, backlog.count(), stored);
    }
  }

  private static String machine() {
    return Runtime.getRuntime().availableProcessors()
        + " cores, "
        + System.getProperty("os.arch")
        + ", Java "
        + System.getProperty("java.version");
  }

  private Drained score(int size) throws Exception {
    Map<TopicPartition, Long> behind = tickets.send(size);
    return drain(size, true, Map.of(ConsumerGroups.SCORER, behind));
  }

  /** Everything that the scorer has left. */
  private Drained store() throws Exception {
    int size = tickets.published();
    OutcomeCount left =
        OutcomeCount.of(servers.endpoints().kafka(), offsets, GatedTickets::numberOf);
    Map<String, Map<TopicPartition, Long>> behind = new LinkedHashMap<>();
    behind.put(ConsumerGroups.SINK_TICKETS, offsets.ends(List.of(Topics.TICKETS)));
    behind.put(ConsumerGroups.SINK_POSTGRES, left.behind());
    behind.put(ConsumerGroups.SINK_REDIS, left.behind());
    servers.of(Role.SINK).start();
    return drain(size, false, behind);
  }

  /** With a sink that is warm and has nothing to do. */
  private Drained scoreAndStore(int size) throws Exception {
    Map<String, Map<TopicPartition, Long>> behind = new LinkedHashMap<>();
    Map<TopicPartition, Long> sent = tickets.send(size);
    behind.put(ConsumerGroups.SCORER, sent);
    behind.put(ConsumerGroups.SINK_TICKETS, sent);
    behind.put(ConsumerGroups.SINK_POSTGRES, Map.of());
    behind.put(ConsumerGroups.SINK_REDIS, Map.of());
    return drain(size, true, behind);
  }

  /**
   * @param gated whether the tickets are still to be let out
   * @param behind where each group is done; where nothing is given, at the end of the outcomes
   */
  private Drained drain(int size, boolean gated, Map<String, Map<TopicPartition, Long>> behind)
      throws Exception {
    List<String> groups = List.copyOf(behind.keySet());
    Map<String, Map<TopicPartition, Long>> before = offsets.committed(groups);
    Map<Role, Usage.Of> usedBefore = Usage.of(servers);
    if (gated) {
      tickets.open();
    }
    long start = System.nanoTime();
    Map<String, Double> seconds = new LinkedHashMap<>();
    List<Sample> samples = new ArrayList<>();
    for (int turn = 0; seconds.size() < groups.size(); turn++) {
      Map<String, Map<TopicPartition, Long>> now = offsets.committed(groups);
      double second = (System.nanoTime() - start) / 1e9;
      Map<String, Long> done = new LinkedHashMap<>();
      for (String group : groups) {
        Map<TopicPartition, Long> goal = behind.getOrDefault(group, Map.of());
        Map<TopicPartition, Long> at = now.getOrDefault(group, Map.of());
        if (goal.isEmpty() && seconds.containsKey(ConsumerGroups.SCORER)) {
          goal = offsets.ends(List.of(Topics.PRIORITIES));
        }
        if (!goal.isEmpty() && GroupOffsets.reached(at, goal)) {
          seconds.putIfAbsent(group, round3(second));
        }
        Map<TopicPartition, Long> counted = goal.isEmpty() ? at : goal;
        done.put(
            group,
            GroupOffsets.sum(at, counted)
                - GroupOffsets.sum(before.getOrDefault(group, Map.of()), counted));
      }
      if (turn % LONG_SAMPLE_EVERY == 0 || seconds.size() == groups.size()) {
        samples.add(new Sample(round(second), done, pss()));
      }
      if (turn % (10 * LONG_SAMPLE_EVERY) == 0) {
        Progress.line("%d tickets, after %.1f s: %s", size, second, done);
      }
      TimeUnit.MILLISECONDS.sleep(size < SMALLEST * FACTOR ? SAMPLE_MILLIS / 10 : SAMPLE_MILLIS);
    }
    Map<Role, Usage.Of> used = Usage.of(servers);
    Map<String, Double> cpu = new LinkedHashMap<>();
    used.forEach(
        (role, of) ->
            cpu.put(
                role.label(),
                round3(
                    of.cpuSeconds()
                        - (usedBefore.containsKey(role)
                                && of.cpuSeconds() >= cpuOf(usedBefore, role)
                            ? cpuOf(usedBefore, role)
                            : 0))));
    Map<String, Double> perSecond = new LinkedHashMap<>();
    seconds.forEach((group, took) -> perSecond.put(group, round(size / took)));
    double load = loadAverage();
    Progress.line("%d tickets: %s a second, CPU seconds %s, load %.1f", size, perSecond, cpu, load);
    return new Drained(size, seconds, perSecond, cpu, load, samples);
  }

  private static double cpuOf(Map<Role, Usage.Of> usage, Role role) {
    Usage.Of of = usage.get(role);
    return of == null ? 0 : of.cpuSeconds();
  }

  private static double round3(double value) {
    return Math.round(value * 1_000) / 1_000.0;
  }

  private Map<String, Double> pss() {
    Map<String, Double> pss = new LinkedHashMap<>();
    Usage.of(servers).forEach((role, of) -> pss.put(role.label(), round(of.pssMib())));
    return pss;
  }

  private static double loadAverage() throws IOException {
    return Double.parseDouble(Files.readString(Path.of("/proc/loadavg")).split(" ")[0]);
  }

  private Counted count() throws Exception {
    OutcomeCount outcomes =
        OutcomeCount.of(servers.endpoints().kafka(), offsets, GatedTickets::numberOf);
    return new Counted(
        tickets.published(),
        outcomes.priorities(),
        outcomes.lost(tickets.published()),
        outcomes.doubled(),
        outcomes.rejections());
  }

  /** What the stores hold once the sink has nothing left to do. */
  private Map<String, Long> stored(int tickets) throws SQLException, IOException {
    Map<String, Long> stored = new LinkedHashMap<>();
    stored.put("tickets", (long) tickets);
    Servers.Endpoints at = servers.endpoints();
    try (Connection connection =
            DriverManager.getConnection(at.postgres(), at.postgresUser(), at.postgresPassword());
        Statement statement = connection.createStatement()) {
      for (String rows :
          List.of(
              "prediction", "ticket where state = 'SCORED'", "ticket where state <> 'SCORED'")) {
        try (ResultSet counted = statement.executeQuery("select count(*) from " + rows)) {
          counted.next();
          stored.put(rows, counted.getLong(1));
        }
      }
    }
    // Redis is a bounded cache: what goes beyond its memory is forgotten again, the oldest first.
    try (Socket socket = new Socket("127.0.0.1", at.redisPort());
        BufferedReader answer =
            new BufferedReader(
                new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))) {
      socket.getOutputStream().write("INFO\r\nQUIT\r\n".getBytes(StandardCharsets.UTF_8));
      for (String line = answer.readLine(); line != null; line = answer.readLine()) {
        if (line.startsWith("evicted_keys:") || line.startsWith("db0:keys=")) {
          stored.put(
              "redis " + line.replaceAll("[:=].*", ""),
              Long.parseLong(line.replaceAll("^[a-z0-9_]+:(keys=)?|,.*", "")));
        }
      }
    }
    return stored;
  }
}
