package tickets.benchmarks.restarts;

import static tickets.benchmarks.Figures.round;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
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
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tickets.benchmarks.Figures;
import tickets.benchmarks.Harness;
import tickets.benchmarks.Progress;
import tickets.benchmarks.Texts;
import tickets.benchmarks.processes.Role;
import tickets.benchmarks.processes.Server;
import tickets.benchmarks.processes.Servers;
import tickets.contract.EventJson;

/**
 * Ten calls a second, every second one synchronous, go in turn to two ingest-apis, and to the other
 * one when a connection is refused or the answer is 503 or 504. Meanwhile each service gets SIGTERM
 * and is started again, and the next one when it is ready.
 */
public final class RollingRestart {

  private static final long CALL_MILLIS = 100;
  private static final int MOST_TRIES = 100;
  private static final long RETRY_MILLIS = 100;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** Between two restarts, so that each is seen alone and its tickets are stored. */
  private static final Duration BREATH = Duration.ofSeconds(5);

  private static final Duration LIMIT = Duration.ofSeconds(180);

  private static final Pattern REBALANCE = Pattern.compile("Preparing to rebalance group (\\S+) ");

  private final Options options;
  private final Servers servers;
  private final Texts texts;
  private final List<URI> addresses = new ArrayList<>();
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(2))
          .build();
  private final ScheduledExecutorService clients =
      Executors.newScheduledThreadPool(
          2,
          task -> {
            Thread thread = new Thread(task, "clients");
            thread.setDaemon(true);
            return thread;
          });
  private final AtomicInteger sent = new AtomicInteger();
  private final AtomicInteger answered = new AtomicInteger();
  private final AtomicInteger retried = new AtomicInteger();
  private final Queue<String> failed = new ConcurrentLinkedQueue<>();
  private final Map<String, AtomicInteger> reasons = new ConcurrentHashMap<>();
  private final Figures loadAverages = new Figures();
  private volatile Figures sync = new Figures();

  private final Map<Role, Servers.Another> seconds = new EnumMap<>(Role.class);

  private RollingRestart(Options options, Servers servers) {
    this.options = options;
    this.servers = servers;
    this.texts = new Texts(options.home());
  }

  /**
   * One restart.
   *
   * @param stopS until the process was gone
   * @param wellS until it was ready and calls were answered as before, from the signal
   * @param longestAnswerS of the synchronous calls meanwhile
   * @param longestUnscoredS of a ticket, from Kafka's acknowledgement until it was scored
   * @param longestUnstoredS of an outcome, from then until it was in PostgreSQL
   * @param rebalances how often each group was rebalanced, as the broker says
   */
  record Restart(
      String service,
      double stopS,
      double wellS,
      double longestAnswerS,
      double longestUnscoredS,
      double longestUnstoredS,
      Map<String, Integer> rebalances) {}

  /**
   * What came of a run.
   *
   * @param each how many there were of scorer and sink; of ingest-api there are always two
   * @param calls sent, each until it was answered
   * @param retries further tries, by what made the client try again
   * @param failed what no client should get, in words
   */
  record Result(
      Instant began,
      int each,
      Map<String, Object> machine,
      int calls,
      Map<String, Integer> retries,
      List<String> failed,
      List<Restart> restarts) {

    String lastLine() {
      return String.format(
          Locale.ROOT,
          "calls=%d failed=%d retried=%d restarts=%d longest_answer_s=%.1f longest_unscored_s=%.1f"
              + " rebalances=%d",
          calls,
          failed.size(),
          retries.values().stream().mapToInt(each -> each).sum(),
          restarts.size(),
          restarts.stream().mapToDouble(Restart::longestAnswerS).max().orElse(0),
          restarts.stream().mapToDouble(Restart::longestUnscoredS).max().orElse(0),
          restarts.stream()
              .flatMap(restart -> restart.rebalances().values().stream())
              .mapToInt(each -> each)
              .sum());
    }
  }

  public static void main(String[] arguments) {
    Harness.main(Options.USAGE, RollingRestart::run, arguments);
  }

  private static int run(Path home, String... arguments) throws Exception {
    Result result = run(Options.of(home, arguments));
    result.restarts().forEach(restart -> System.out.println(restart));
    result.failed().forEach(what -> System.out.println("FAILED: " + what));
    System.out.println("Retries: " + result.retries());
    System.out.println(result.lastLine());
    return result.failed().isEmpty() ? 0 : 1;
  }

  /**
   * What a run is asked for.
   *
   * @param rounds how often each is restarted
   * @param each how many scorers and sinks there are, 1 or 2
   * @param home the repository, built
   * @param work where everything of this run goes
   */
  record Options(int rounds, int each, Path home, Path work) {

    static final String USAGE =
        """
        Usage: benchmarks/rolling-restart [--rounds N] [--each 1|2] [--work DIR]

          --rounds N   how often each service is restarted (2)
          --each 1|2   scorers and sinks, beside two ingest-apis (1)
          --work DIR   where logs and figures go (benchmarks/target/rolling-restart/...); must be new
        """;

    static Options of(Path home, String... arguments) throws Harness.Unusable {
      int rounds = 2;
      int each = 1;
      Path work = home.resolve("benchmarks/target/rolling-restart/" + System.currentTimeMillis());
      for (int i = 0; i < arguments.length; i += 2) {
        String value = i + 1 < arguments.length ? arguments[i + 1] : "";
        switch (arguments[i]) {
          case "--rounds" -> rounds = number(arguments[i], value, 99);
          case "--each" -> each = number(arguments[i], value, 2);
          case "--work" -> work = Path.of(value);
          default -> throw new Harness.Unusable("unknown argument " + arguments[i]);
        }
      }
      return new Options(rounds, each, home, work);
    }

    private static int number(String name, String value, int most) throws Harness.Unusable {
      if (!value.matches("[1-9][0-9]?") || Integer.parseInt(value) > most) {
        throw new Harness.Unusable(name + " needs a number from 1 to " + most);
      }
      return Integer.parseInt(value);
    }
  }

  static Result run(Options options) throws Exception {
    Files.createDirectories(options.work());
    System.setProperty("benchmarks.log", options.work().resolve("harness.log").toString());
    Progress.line("Everything of this run is in %s", options.work());
    Servers servers = new Servers(options.home(), options.work(), Servers.Setup.startingFast());
    Thread onCtrlC = new Thread(servers::close, "on-ctrl-c");
    Runtime.getRuntime().addShutdownHook(onCtrlC);
    try {
      servers.start();
      RollingRestart restart = new RollingRestart(options, servers);
      restart.startSecond(Role.INGEST);
      if (options.each() == 2) {
        restart.startSecond(Role.SCORER);
        restart.startSecond(Role.SINK);
      }
      Result result = restart.run();
      Files.writeString(
          options.work().resolve("result.json"),
          EventJson.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(result) + "\n");
      return result;
    } finally {
      servers.close();
      Runtime.getRuntime().removeShutdownHook(onCtrlC);
    }
  }

  private void startSecond(Role role) throws IOException, InterruptedException {
    seconds.put(role, servers.startAnother(role));
  }

  private Result run() throws Exception {
    addresses.add(URI.create(servers.endpoints().http()));
    addresses.add(URI.create(second(Role.INGEST).http()));
    Instant began = Instant.now();
    var ticking = clients.scheduleAtFixedRate(this::call, 0, CALL_MILLIS, TimeUnit.MILLISECONDS);
    awaitAnswers();
    TimeUnit.MILLISECONDS.sleep(BREATH.toMillis());
    List<Restart> restarts = new ArrayList<>();
    for (int round = 0; round < options.rounds(); round++) {
      for (Role role : List.of(Role.SCORER, Role.SINK, Role.INGEST)) {
        restarts.add(restart(role.label(), servers.of(role)));
        if (role == Role.INGEST || options.each() == 2) {
          restarts.add(restart(role.label() + " 2", second(role).server()));
        }
      }
    }
    ticking.cancel(false);
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (answered.get() + failed.size() < sent.get() && System.nanoTime() < deadline) {
      TimeUnit.MILLISECONDS.sleep(50);
    }
    Map<String, Integer> retries = new TreeMap<>();
    reasons.forEach((reason, count) -> retries.put(reason, count.get()));
    List<String> failures = new ArrayList<>(failed);
    int open = sent.get() - answered.get() - failed.size();
    if (open > 0) {
      failures.add(open + " calls have no answer");
    }
    return new Result(began, options.each(), machine(), sent.get(), retries, failures, restarts);
  }

  private Servers.Another second(Role role) {
    Servers.Another known = seconds.get(role);
    if (known == null) {
      throw new IllegalStateException("There is only one " + role.label());
    }
    return known;
  }

  private Map<String, Object> machine() {
    Map<String, Object> machine = new LinkedHashMap<>();
    machine.put("processors", Runtime.getRuntime().availableProcessors());
    machine.put("java", System.getProperty("java.version"));
    machine.put("load_average_median", round(loadAverages.percentile(50)));
    machine.put("load_average_most", round(loadAverages.percentile(100)));
    return machine;
  }

  private Restart restart(String name, Server server) throws Exception {
    Progress.line("Restarting %s", name);
    long logged = Files.size(servers.brokerLog());
    Figures answers = new Figures();
    sync = answers;
    Instant from = Instant.now();
    long began = System.nanoTime();
    server.terminate();
    double stopped = (System.nanoTime() - began) / 1e9;
    server.start();
    servers.awaitReady(server);
    awaitAnswers();
    double well = (System.nanoTime() - began) / 1e9;
    TimeUnit.MILLISECONDS.sleep(BREATH.toMillis());
    loadAverages.add(ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
    Restart restart =
        new Restart(
            name,
            round(stopped),
            round(well),
            round(answers.percentile(100) / 1000),
            longest("ticket.decided_at - ticket.received_at", from),
            longest("prediction.date_add at time zone 'UTC' - ticket.decided_at", from),
            rebalancesSince(logged));
    Progress.line("%s", restart);
    return restart;
  }

  /** Both ingest-apis answer synchronous calls, three times in a row. */
  private void awaitAnswers() throws InterruptedException {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    for (int good = 0; good < 3 * addresses.size(); ) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException(
            "Calls are not answered again after " + LIMIT.toSeconds() + " s");
      }
      URI address = addresses.get(good % addresses.size());
      try {
        HttpResponse<String> answer =
            http.send(
                request(address, true, "quiet-" + System.nanoTime()),
                HttpResponse.BodyHandlers.ofString());
        good = answer.statusCode() == 200 ? good + 1 : 0;
      } catch (IOException e) {
        good = 0;
      }
      TimeUnit.MILLISECONDS.sleep(100);
    }
  }

  /** In seconds, of the tickets that were taken since then and are stored. */
  private double longest(String interval, Instant since) throws SQLException {
    Servers.Endpoints at = servers.endpoints();
    try (Connection connection =
            DriverManager.getConnection(at.postgres(), at.postgresUser(), at.postgresPassword());
        PreparedStatement query =
            connection.prepareStatement(
                "select coalesce(max(extract(epoch from "
                    + interval
                    + ")), 0) from ticket join prediction using (task_id)"
                    + " where ticket.received_at >= ?")) {
      query.setTimestamp(1, Timestamp.from(since));
      try (ResultSet rows = query.executeQuery()) {
        rows.next();
        return round(rows.getDouble(1));
      }
    }
  }

  /** By what the broker has logged from this position on. */
  private Map<String, Integer> rebalancesSince(long position) throws IOException {
    Map<String, Integer> rebalances = new TreeMap<>();
    try (BufferedReader said = Files.newBufferedReader(servers.brokerLog())) {
      said.skip(position);
      for (String line = said.readLine(); line != null; line = said.readLine()) {
        Matcher rebalance = REBALANCE.matcher(line);
        if (rebalance.find()) {
          rebalances.merge(rebalance.group(1), 1, Integer::sum);
        }
      }
    }
    return rebalances;
  }

  private HttpRequest request(URI address, boolean waits, String id) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("task_id", id);
    body.put("text", texts.distinct(sent.get()));
    return HttpRequest.newBuilder(
            address.resolve(waits ? "/v1/bert_prediction" : "/v1/bert_prediction_async"))
        .timeout(PATIENCE)
        .header("Content-Type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofByteArray(EventJson.write(body)))
        .build();
  }

  private void call() {
    int number = sent.getAndIncrement();
    boolean waits = number / 2 % 2 == 0;
    String id = "rr-" + number;
    // The text goes with the id, or the repeat would be another ticket.
    HttpRequest first = request(addresses.get(number % 2), waits, id);
    HttpRequest other =
        HttpRequest.newBuilder(first, (name, value) -> true)
            .uri(addresses.get((number + 1) % 2).resolve(first.uri().getPath()))
            .build();
    attempt(first, other, waits, 1, System.nanoTime(), sync);
  }

  private void attempt(
      HttpRequest now, HttpRequest next, boolean waits, int tries, long began, Figures figures) {
    http.sendAsync(now, HttpResponse.BodyHandlers.ofString())
        .whenComplete(
            (answer, failure) -> {
              if (failure == null && answer.statusCode() == (waits ? 200 : 202)) {
                answered.incrementAndGet();
                if (waits) {
                  figures.add((System.nanoTime() - began) / 1e6);
                }
                return;
              }
              String reason = reason(answer, failure);
              boolean mayRetry =
                  reason.equals("connection refused")
                      || reason.equals("connection closed")
                      || reason.equals("503")
                      // Taken, and not scored in time: asked again under its id.
                      || reason.equals("504");
              if (mayRetry && tries < MOST_TRIES) {
                retried.incrementAndGet();
                reasons.computeIfAbsent(reason, r -> new AtomicInteger()).incrementAndGet();
                clients.schedule(
                    () -> attempt(next, now, waits, tries + 1, began, figures),
                    RETRY_MILLIS,
                    TimeUnit.MILLISECONDS);
              } else {
                failed.add(reason + " after " + tries + " tries");
              }
            });
  }

  private static String reason(HttpResponse<String> answer, Throwable failure) {
    if (failure == null) {
      return Integer.toString(answer.statusCode());
    }
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause instanceof ConnectException) {
      return "connection refused";
    }
    // Sent into a connection that was being closed; its id makes sending it again safe.
    return cause instanceof IOException && !(cause instanceof java.net.http.HttpTimeoutException)
        ? "connection closed"
        : String.valueOf(cause);
  }
}
