package tickets.benchmarks.replaced;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import tickets.benchmarks.HttpCalls;
import tickets.benchmarks.run.Callers;
import tickets.contract.EventJson;
import tools.jackson.databind.JsonNode;

/** Who hands in tickets and asks for their results by and by: the contract of both services. */
final class Queue implements AutoCloseable {

  private static final String SUBMIT = "/v1/bert_prediction_async";
  private static final String RESULT = "/result/";
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /**
   * Handed in and not yet fetched. The rate of a queue is that of one which never runs dry, and a
   * batch alone has up to 128; more than 256 would be refused as overload at first, one by one.
   */
  static final int AT_A_TIME = 240;

  /** Each asks for its tickets in their order: hardly more questions than there are tickets. */
  private static final int CALLERS = 8;

  private static final int OPEN = AT_A_TIME / CALLERS;

  /** All callers together ask no more than twenty times a second in vain. */
  private static final Duration PAUSE_AMONG_MANY = Duration.ofMillis(400);

  private static final long PAUSE_ALONE_MILLIS = 10;

  /** For one ticket: a worker may still be loading its model. */
  private static final Duration LIMIT = Duration.ofMinutes(4);

  private final HttpCalls calls;
  private final List<String> texts;
  private final Duration pauseAmongMany;
  private final AtomicInteger next = new AtomicInteger();
  private final AtomicLong refused = new AtomicLong();

  Queue(URI http, List<String> texts) {
    this(http, texts, PAUSE_AMONG_MANY);
  }

  /**
   * @param pauseAmongMany before a ticket is asked for again
   */
  Queue(URI http, List<String> texts, Duration pauseAmongMany) {
    this.pauseAmongMany = pauseAmongMany;
    calls = new HttpCalls(http.getHost(), http.getPort(), PATIENCE);
    this.texts = texts;
  }

  /**
   * Tickets that went through the queue, many at a time.
   *
   * @param refused calls that were to be repeated after a while, and were
   * @param seconds from the first call until the last result is known
   */
  record Passed(int tickets, long refused, double seconds) {
    double ticketsPerSecond() {
      return tickets / seconds;
    }
  }

  Passed pass(int tickets) throws IOException, InterruptedException {
    ExecutorService pool = Executors.newFixedThreadPool(CALLERS);
    try {
      List<Callable<Integer>> callers = new ArrayList<>();
      for (int caller = 0; caller < CALLERS; caller++) {
        int share = tickets / CALLERS + (caller < tickets % CALLERS ? 1 : 0);
        callers.add(() -> submitAndFetch(share));
      }
      long refusedBefore = refused.get();
      long start = System.nanoTime();
      int fetched = 0;
      for (Future<Integer> caller : pool.invokeAll(callers)) {
        fetched += caller.get();
      }
      return new Passed(fetched, refused.get() - refusedBefore, (System.nanoTime() - start) / 1e9);
    } catch (ExecutionException e) {
      throw new IOException("The queue did not score all: " + e.getCause(), e);
    } finally {
      pool.shutdownNow();
    }
  }

  private int submitAndFetch(int tickets) throws IOException, InterruptedException {
    Deque<String> open = new ArrayDeque<>();
    for (int i = 0; i < tickets; i++) {
      if (open.size() == OPEN) {
        fetch(open.remove(), pauseAmongMany.toMillis());
      }
      open.add(submit());
    }
    for (String id : open) {
      fetch(id, pauseAmongMany.toMillis());
    }
    return tickets;
  }

  /** One after another, each timed from its call until its result is known. */
  Callers.Latency oneByOne(int count) throws IOException, InterruptedException {
    Callers.Recorded recorded = new Callers.Recorded();
    long start = System.nanoTime();
    for (int i = 0; i < count; i++) {
      long sent = System.nanoTime();
      fetch(submit(), PAUSE_ALONE_MILLIS);
      recorded.add(200, (System.nanoTime() - sent) / 1e6);
      TimeUnit.MILLISECONDS.sleep(20);
    }
    return recorded.latency((System.nanoTime() - start) / 1e9);
  }

  private String submit() throws IOException, InterruptedException {
    int number = next.getAndIncrement();
    // Other texts than those of callers who wait, which a cache may know.
    String text = texts.get(number % texts.size()) + " q" + number;
    byte[] body = EventJson.write(Map.of("text", text));
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (System.nanoTime() < deadline) {
      CompletableFuture<HttpCalls.Answer> coming = new CompletableFuture<>();
      calls.post(SUBMIT, body, coming::complete);
      HttpCalls.Answer answer = await(coming);
      String retryAfter = answer.retryAfter();
      if (retryAfter == null) {
        return read(answer, 202).path("task_id").asString();
      }
      refused.incrementAndGet();
      TimeUnit.SECONDS.sleep(Long.parseLong(retryAfter));
    }
    throw new IOException("A ticket was refused for " + LIMIT.toSeconds() + " s");
  }

  private void fetch(String id, long pauseMillis) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (System.nanoTime() < deadline) {
      CompletableFuture<HttpCalls.Answer> answer = new CompletableFuture<>();
      calls.get(RESULT + id, answer::complete);
      if (finished(read(await(answer), 200))) {
        return;
      }
      TimeUnit.MILLISECONDS.sleep(pauseMillis);
    }
    throw new IOException("Ticket " + id + " has no result after " + LIMIT.toSeconds() + " s");
  }

  /**
   * @throws IOException if it has failed
   */
  static boolean finished(JsonNode result) throws IOException {
    String status = result.path("status").asString();
    return switch (status) {
      case "SUCCESS" -> true;
      case "PENDING", "STARTED" -> false;
      default -> throw new IOException("A ticket was not scored: " + result);
    };
  }

  private static HttpCalls.Answer await(CompletableFuture<HttpCalls.Answer> coming)
      throws IOException, InterruptedException {
    try {
      return coming.get();
    } catch (ExecutionException e) {
      throw new IOException(e);
    }
  }

  private static JsonNode read(HttpCalls.Answer answer, int expected) throws IOException {
    if (answer.status() != expected) {
      throw new IOException(answer.status() + " rather than " + expected + ": " + answer.body());
    }
    return EventJson.mapper().readTree(answer.body());
  }

  @Override
  public void close() {
    calls.close();
  }
}
