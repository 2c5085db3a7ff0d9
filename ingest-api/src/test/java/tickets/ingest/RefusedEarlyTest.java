package tickets.ingest;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static tickets.ingest.HttpContract.assertProblem;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tickets.embedded.EmbeddedKafka;
import tickets.ingest.Service.Answer;

/** Calls that are refused before the framework sees them, among others that are not. */
@NullUnmarked // fields are set before the first test
class RefusedEarlyTest {

  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final String BODY = "{\"text\":\"Не открывается касса\"}";

  /** Only the framework's answers have it. */
  private static final String FRAMEWORKS = "x-frame-options";

  @TempDir static Path data;

  private static EmbeddedKafka kafka;
  private static Service service;

  /** Without a scorer and with a backlog of more than one allowed, nothing is let in. */
  @BeforeAll
  static void start() {
    kafka = EmbeddedKafka.start(data, "127.0.0.1", 0);
    service =
        Service.start(
            Servers.none().withKafka(kafka.bootstrapServers()),
            "MAX_LAG=1",
            "BODY_TIMEOUT=500ms",
            "IDLE_TIMEOUT=1s",
            Keys.setting("desk:score+read"));
    // 503 is also what a call gets before Kafka was reached.
    await()
        .atMost(LIMIT)
        .until(() -> service.submit(BODY, Keys.bearer("desk")).body().contains("backlog"));
    await().atMost(LIMIT).until(() -> service.score(BODY).status() == 503);
  }

  @AfterAll
  static void stop() {
    service.close();
    kafka.close();
  }

  private static Socket connect() throws IOException {
    Socket socket = new Socket("127.0.0.1", service.uri("/").getPort());
    socket.setSoTimeout((int) LIMIT.toMillis());
    return socket;
  }

  private static String post(String path, String headers, String body) {
    return "POST "
        + path
        + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        + headers
        + "\r\n"
        + body;
  }

  private static String post(String body) {
    return post("/v1/bert_prediction", "Content-Length: " + body.length() + "\r\n", body);
  }

  private static void write(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(ISO_8859_1));
  }

  private static String rest(Socket socket) throws IOException {
    return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
  }

  private static void readUntil(Socket socket, String end) throws IOException {
    StringBuilder read = new StringBuilder();
    while (read.indexOf(end) < 0) {
      int one = socket.getInputStream().read();
      assertThat(one).as("of %s", read).isNotNegative();
      read.append((char) one);
    }
  }

  @Test
  void saysTheSameAsTheFrameworkWould() {
    Answer early = service.score(BODY);
    // Before the framework's: its last part may be written after the client has read all it needs.
    assertThat(service.submit(BODY).status()).isEqualTo(503);
    Answer late =
        service.score(BODY, "Origin", service.uri("").toString(), "X-API-Key", Keys.key("desk"));

    assertThat(early.headers()).doesNotContainKey(FRAMEWORKS);
    assertThat(late.headers()).containsKey(FRAMEWORKS);
    assertThat(early.status()).isEqualTo(503);
    assertThat(early.header("retry-after")).isEqualTo(late.header("retry-after")).matches("[0-9]+");
    assertThat(early.header("content-type")).isEqualTo(late.header("content-type"));
    assertThat(early.body()).isEqualTo(late.body());
    assertProblem(early, 503, "backlog of more than 1");
  }

  @Test
  void otherCallsAreAnsweredAsEver() {
    assertThat(service.get("/v3/api-docs").status()).isEqualTo(200);
    assertThat(service.get("/v1/bert_prediction").status()).isEqualTo(401);
    assertThat(service.get("/result/T-1", Keys.bearer("desk")).status()).isEqualTo(503);
    assertThat(service.post("/v1/bert_predictions", BODY).status()).isEqualTo(401);
  }

  /** Either kind after either kind, on one connection. */
  @Test
  void noCallOfAThousandOnKeptConnectionsIsLost() {
    Random random = new Random(1);
    for (int i = 0; i < 1_000; i++) {
      boolean early = random.nextInt(3) > 0;
      Answer answer =
          early ? service.score("x".repeat(random.nextInt(100_000))) : service.get("/nowhere");
      assertThat(answer.status()).isEqualTo(early ? 503 : 401);
    }
  }

  @Test
  void callsSentWithoutWaitingForAnswersAreAnsweredInTheirOrder() throws Exception {
    try (Socket socket = connect()) {
      String key = "X-API-Key: " + Keys.key("desk") + "\r\n";
      String call =
          post("/v1/bert_prediction", key + "Content-Length: " + BODY.length() + "\r\n", BODY);
      String other = "GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n";
      write(socket, call + other + call + other.replace("Host", "Connection: close\r\nHost"));

      assertThat(rest(socket).split("HTTP/1.1 ", -1))
          .extracting(answer -> answer.isEmpty() ? "" : answer.substring(0, 3))
          .containsExactly("", "503", "401", "503", "401");
    }
  }

  @Test
  void closesTheConnectionOfWhoAsksForIt() throws Exception {
    try (Socket socket = connect()) {
      write(
          socket, post("/v1/bert_prediction", "Connection: close\r\nContent-Length: 2\r\n", "{}"));
      assertThat(rest(socket)).startsWith("HTTP/1.1 503").containsIgnoringCase("connection: close");
    }
  }

  /** RFC 9112: a server that said "close" reads no further call. */
  @Test
  void aCallBehindTheOneThatClosesTheConnectionIsNotTaken() throws Exception {
    String behind = "PATCH /behind HTTP/1.1\r\nHost: x\r\n\r\n";
    String last = post("/v1/bert_prediction", "Connection: close\r\nContent-Length: 2\r\n", "{}");
    try (Socket socket = connect()) {
      write(socket, last + behind);
      assertThat(rest(socket)).containsOnlyOnce("HTTP/1.1");
    }
    try (Socket socket = connect()) {
      write(socket, behind + last);
      assertThat(rest(socket)).startsWith("HTTP/1.1 401");
    }
    await().atMost(LIMIT).until(() -> patches() > 0);
    assertThat(patches()).as("only the one that was answered").isEqualTo(1);
  }

  private static double patches() {
    return service.metric("http_server_requests_seconds_count", "method=\"PATCH\"");
  }

  @Test
  void alsoWhatIsNotPlainIsRefused() throws Exception {
    String chunks =
        "Connection: close\r\nTransfer-Encoding: chunked\r\nX-API-Key: "
            + Keys.key("desk")
            + "\r\n";
    try (Socket socket = connect()) {
      write(socket, post("/v1/bert_prediction_async", chunks, "2\r\n{}\r\n0\r\n\r\n"));
      assertThat(rest(socket)).startsWith("HTTP/1.1 503").containsIgnoringCase(FRAMEWORKS);
    }
    try (Socket socket = connect()) {
      write(socket, post("/v1/bert_prediction", "Content-Length: 999999999\r\n", "{"));
      assertThat(new String(socket.getInputStream().readNBytes(12), ISO_8859_1))
          .isEqualTo("HTTP/1.1 401");
    }
  }

  @Test
  void aBodyThatDoesNotComeEndsTheConnection() throws Exception {
    try (Socket socket = connect()) {
      write(socket, post("/v1/bert_prediction", "Content-Length: 1000\r\n", "{"));
      assertThat(rest(socket)).isEmpty();
    }
  }

  /** A caller that is only ever refused is no idle one. */
  @Test
  void keepsTheConnectionOfWhoIsRefusedAgainAndAgain() throws Exception {
    try (Socket socket = connect()) {
      write(socket, "GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n");
      readUntil(socket, "\"/nowhere\"}");
      Instant until = Instant.now().plusSeconds(3);
      while (Instant.now().isBefore(until)) {
        write(socket, post(BODY));
        Thread.sleep(200);
      }
      write(
          socket, post("/v1/bert_prediction", "Connection: close\r\nContent-Length: 2\r\n", "{}"));

      assertThat(rest(socket).split("HTTP/1.1 503", -1)).hasSizeGreaterThan(10);
    }
    try (Socket idle = connect()) {
      write(idle, post(BODY));
      assertThat(rest(idle)).startsWith("HTTP/1.1 503");
    }
  }
}
