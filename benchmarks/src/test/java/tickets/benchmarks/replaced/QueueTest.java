package tickets.benchmarks.replaced;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tickets.contract.EventJson;

class QueueTest {
  private final Set<String> texts = ConcurrentHashMap.newKeySet();
  private final Map<String, AtomicInteger> questions = new ConcurrentHashMap<>();
  private HttpServer server;
  private Queue queue;
  private final AtomicInteger open = new AtomicInteger();
  private final AtomicInteger mostOpen = new AtomicInteger();
  private final AtomicInteger refusals = new AtomicInteger();
  private String atLast = "SUCCESS";

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/v1/bert_prediction_async", this::submit);
    server.createContext("/result/", this::result);
    server.start();
    queue =
        new Queue(
            URI.create("http://127.0.0.1:" + server.getAddress().getPort()),
            List.of("one", "two"),
            Duration.ofMillis(1));
  }

  @AfterEach
  void stop() {
    queue.close();
    server.stop(0);
  }

  @Test
  void everyTicketHasItsOwnTextAndIsAskedForUntilItIsThere() throws Exception {
    Queue.Passed passed = queue.pass(600);

    assertThat(passed.tickets()).isEqualTo(600);
    assertThat(texts).hasSize(600);
    assertThat(questions).hasSize(600);
    assertThat(questions.values()).allMatch(asked -> asked.get() == 2);
    assertThat(mostOpen).hasValueBetween(Queue.AT_A_TIME / 2, Queue.AT_A_TIME);
  }

  @Test
  void oneAloneIsTimedUntilItsResult() throws Exception {
    assertThat(queue.oneByOne(3).statuses()).containsExactly(Map.entry(200, 3L));
    assertThat(questions).hasSize(3);
  }

  @Test
  void whoeverIsRefusedComesAgain() throws Exception {
    refusals.set(1);

    Queue.Passed passed = queue.pass(4);

    assertThat(passed.refused()).isEqualTo(1);
    assertThat(passed.tickets()).isEqualTo(4);
    assertThat(questions).hasSize(4);
  }

  @Test
  void aTicketThatFailedIsNoAnswer() {
    atLast = "FAILURE";

    assertThatThrownBy(() -> queue.pass(4))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("FAILURE");
  }

  private void submit(HttpExchange exchange) throws IOException {
    String text =
        EventJson.mapper()
            .readTree(exchange.getRequestBody().readAllBytes())
            .get("text")
            .asString();
    if (refusals.getAndDecrement() > 0) {
      exchange.getResponseHeaders().add("Retry-After", "0");
      answer(exchange, 503, "{}");
      return;
    }
    texts.add(text);
    mostOpen.accumulateAndGet(open.incrementAndGet(), Math::max);
    answer(exchange, 202, "{\"task_id\":\"" + text.replace(' ', '-') + "\"}");
  }

  /** Nothing yet at the first question. */
  private void result(HttpExchange exchange) throws IOException {
    int asked =
        questions
            .computeIfAbsent(exchange.getRequestURI().getPath(), id -> new AtomicInteger())
            .incrementAndGet();
    if (asked == 2) {
      open.decrementAndGet();
    }
    answer(exchange, 200, "{\"status\":\"" + (asked == 1 ? "PENDING" : atLast) + "\"}");
  }

  private static void answer(HttpExchange exchange, int status, String json) throws IOException {
    byte[] body = json.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, body.length);
    try (var out = exchange.getResponseBody()) {
      out.write(body);
    }
  }
}
