package tickets.benchmarks.restarts;

import static tickets.benchmarks.Figures.round;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.GroupState;
import tickets.benchmarks.Figures;
import tickets.benchmarks.Progress;
import tickets.benchmarks.Texts;
import tickets.benchmarks.processes.Role;
import tickets.benchmarks.processes.Server;
import tickets.benchmarks.processes.Servers;
import tickets.contract.ConsumerGroups;
import tickets.contract.EventJson;

/**
 * Ten calls a second, every second one synchronous, go in turn to two ingest-apis, and to the other
 * one when a connection is refused or the answer is 503 or 504. Meanwhile each service gets SIGTERM
 * and is started again, {@code rounds} times in turn.
 */
public final class RollingRestart {

  private static final long CALL_MILLIS = 100;
  private static final int MOST_TRIES = 100;
  private static final long RETRY_MILLIS = 100;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** Between two restarts, so that each is seen alone. */
  private static final Duration BREATH = Duration.ofSeconds(5);

  private static final Duration LIMIT = Duration.ofSeconds(180);

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
  private volatile Figures sync = new Figures();
  private final Map<String, AtomicInteger> rebalances = new ConcurrentHashMap<>();
  private volatile boolean over;

  private RollingRestart(Path home, Servers servers) {
    this.servers = servers;
    this.texts = new Texts(home);
  }

  /**
   * One restart.
   *
   * @param stopS until the process was gone
   * @param quietS until calls were answered as before, from the signal
   * @param longestAnswerS of the synchronous calls meanwhile
   * @param rebalances how often a group was seen to leave its stable state, by group
   */
  record Restart(
      String service,
      double stopS,
      double quietS,
      double longestAnswerS,
      Map<String, Integer> rebalances) {}

  /**
   * What came of a run.
   *
   * @param calls sent, each until it was answered
   * @param retries further tries, by what made the client try again
   * @param failed what no client should get, in words
   */
  record Result(
      Instant began,
      int calls,
      Map<String, Integer> retries,
      List<String> failed,
      List<Restart> restarts) {

    String lastLine() {
      return String.format(
          Locale.ROOT,
          "calls=%d failed=%d retried=%d restarts=%d longest_answer_s=%.1f",
          calls,
          failed.size(),
          retries.values().stream().mapToInt(each -> each).sum(),
          restarts.size(),
          restarts.stream().mapToDouble(Restart::longestAnswerS).max().orElse(0));
    }
  }

  public static void main(String[] arguments) {
    Path home = Path.of(System.getProperty("benchmarks.home", "")).toAbsolutePath();
    int exit = 2;
    try {
      Path work = home.resolve("benchmarks/target/rolling-restart/" + System.currentTimeMillis());
      int rounds =
          arguments.length == 2 && arguments[0].equals("--rounds")
              ? Integer.parseInt(arguments[1])
              : 2;
      Result result = run(home, work, rounds);
      result.restarts().forEach(restart -> System.out.println(restart));
      result.failed().forEach(what -> System.out.println("FAILED: " + what));
      System.out.println("Retries: " + result.retries() + "; result.json: " + work);
      System.out.println(result.lastLine());
      exit = result.failed().isEmpty() ? 0 : 1;
    } catch (Exception e) {
      System.err.println("The run could not be made: " + e.getMessage());
      e.printStackTrace();
    }
    System.exit(exit);
  }

  static Result run(Path home, Path work, int rounds) throws Exception {
    Files.createDirectories(work);
    System.setProperty("benchmarks.log", work.resolve("harness.log").toString());
    Servers servers = new Servers(home, work, Servers.Setup.startingFast());
    Thread onCtrlC = new Thread(servers::close, "on-ctrl-c");
    Runtime.getRuntime().addShutdownHook(onCtrlC);
    try {
      servers.start();
      String second = servers.startSecondIngest();
      Result result = new RollingRestart(home, servers).run(second, rounds);
      Files.writeString(
          work.resolve("result.json"),
          EventJson.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(result) + "\n");
      return result;
    } finally {
      servers.close();
      Runtime.getRuntime().removeShutdownHook(onCtrlC);
    }
  }

  private Result run(String second, int rounds) throws Exception {
    addresses.add(URI.create(servers.endpoints().http()));
    addresses.add(URI.create(second));
    Instant began = Instant.now();
    var ticking = clients.scheduleAtFixedRate(this::call, 0, CALL_MILLIS, TimeUnit.MILLISECONDS);
    Thread watch = new Thread(this::watchGroups, "groups");
    watch.setDaemon(true);
    watch.start();
    awaitQuiet();
    List<Restart> restarts = new ArrayList<>();
    for (int round = 0; round < rounds; round++) {
      restarts.add(restart("scorer-stream", servers.of(Role.SCORER)));
      restarts.add(restart("results-sink", servers.of(Role.SINK)));
      restarts.add(restart("ingest-api 1", servers.of(Role.INGEST)));
      restarts.add(restart("ingest-api 2", servers.secondIngest()));
    }
    ticking.cancel(false);
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (answered.get() + failed.size() < sent.get() && System.nanoTime() < deadline) {
      TimeUnit.MILLISECONDS.sleep(50);
    }
    over = true;
    Map<String, Integer> retries = new TreeMap<>();
    reasons.forEach((reason, count) -> retries.put(reason, count.get()));
    List<String> failures = new ArrayList<>(failed);
    int open = sent.get() - answered.get() - failed.size();
    if (open > 0) {
      failures.add(open + " calls have no answer");
    }
    return new Result(began, sent.get(), retries, failures, restarts);
  }

  private Restart restart(String name, Server server) throws InterruptedException {
    Progress.line("Restarting %s", name);
    Map<String, Integer> before = rebalancesNow();
    sync = new Figures();
    long began = System.nanoTime();
    server.terminate();
    double stopped = (System.nanoTime() - began) / 1e9;
    server.start();
    awaitQuiet();
    double quiet = (System.nanoTime() - began) / 1e9;
    TimeUnit.MILLISECONDS.sleep(BREATH.toMillis());
    Map<String, Integer> moved = new TreeMap<>();
    rebalancesNow()
        .forEach((group, count) -> moved.put(group, count - before.getOrDefault(group, 0)));
    moved.values().removeIf(count -> count == 0);
    Restart restart =
        new Restart(name, round(stopped), round(quiet), round(sync.percentile(100) / 1000), moved);
    Progress.line("%s", restart);
    return restart;
  }

  /** Both ingest-apis answer synchronous calls, three times in a row. */
  private void awaitQuiet() throws InterruptedException {
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

  private Map<String, Integer> rebalancesNow() {
    Map<String, Integer> now = new HashMap<>();
    rebalances.forEach((group, count) -> now.put(group, count.get()));
    return now;
  }

  private void watchGroups() {
    Map<String, GroupState> states = new HashMap<>();
    try (Admin admin =
        Admin.create(
            Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, servers.endpoints().kafka()))) {
      while (!over) {
        try {
          admin
              .describeConsumerGroups(ConsumerGroups.TOPICS.keySet())
              .all()
              .get(5, TimeUnit.SECONDS)
              .forEach(
                  (group, description) -> {
                    GroupState before = states.put(group, description.groupState());
                    if (before == GroupState.STABLE
                        && description.groupState() != GroupState.STABLE) {
                      rebalances.computeIfAbsent(group, g -> new AtomicInteger()).incrementAndGet();
                    }
                  });
        } catch (ExecutionException | TimeoutException e) {
          // Asked again.
        }
        TimeUnit.MILLISECONDS.sleep(50);
      }
    } catch (InterruptedException e) {
      // Over.
    }
  }
}
