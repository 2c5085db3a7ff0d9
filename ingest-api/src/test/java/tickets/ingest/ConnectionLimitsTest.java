package tickets.ingest;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Callers who dribble, say too much, or come in too great a number, on plain sockets. */
@NullUnmarked // fields are set before the first test
class ConnectionLimitsTest {

  private static final int MOST = 20;
  private static final Duration DRIBBLE = Duration.ofMillis(50);

  /** Far more than the limits set here and far less than without any. */
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private static Service service;
  private static URI address;

  @BeforeAll
  static void start() {
    service =
        Service.start(
            Servers.none(),
            "HEADER_TIMEOUT=500ms",
            "BODY_TIMEOUT=500ms",
            "IDLE_TIMEOUT=500ms",
            "HEADER_MAX_BYTES=8KB");
    address = service.uri("/");
  }

  @AfterAll
  static void stop() {
    service.close();
  }

  private static Socket connect() {
    try {
      Socket socket = new Socket(address.getHost(), address.getPort());
      socket.setSoTimeout((int) LIMIT.toMillis());
      return socket;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void write(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(ISO_8859_1));
  }

  /** What comes until the other side closes. */
  private static String rest(Socket socket) throws IOException {
    try {
      return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
    } catch (SocketException e) {
      // It was closed while something was on its way there.
      return "";
    }
  }

  /** Sends one byte after the other until the other side has enough of it, or the limit. */
  private static Duration dribble(Socket socket, String piece) {
    long begun = System.nanoTime();
    try {
      while (System.nanoTime() - begun < LIMIT.toNanos()) {
        write(socket, piece);
        LockSupport.parkNanos(DRIBBLE.toNanos());
      }
    } catch (IOException e) {
      // It has.
    }
    return Duration.ofNanos(System.nanoTime() - begun);
  }

  @Test
  void headersThatDribbleEndTheConnection() throws Exception {
    try (Socket socket = connect()) {
      write(socket, "GET /status HTTP/1.1\r\nHost: x\r\nX-Slow: ");
      assertThat(dribble(socket, "a")).isLessThan(LIMIT);
    }
  }

  @Test
  void headersThatDribbleAfterAGoodCallDoSoToo() throws Exception {
    try (Socket socket = connect()) {
      write(socket, "GET /v3/api-docs.yaml HTTP/1.1\r\nHost: x\r\n\r\nGET /st");
      assertThat(socket.getInputStream().read()).isEqualTo('H');
      assertThat(dribble(socket, "a")).isLessThan(LIMIT);
    }
  }

  @Test
  void aBodyThatDribblesEndsTheConnection() throws Exception {
    try (Socket socket = connect()) {
      write(
          socket,
          "POST /v1/bert_prediction HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
              + "Content-Length: 100000\r\n\r\n{");
      assertThat(dribble(socket, " ")).isLessThan(LIMIT);
    }
  }

  /** An answer given before its request was read to the end leaves no timer behind. */
  @Test
  void aConnectionServesItsNextCallAlsoLongAfterARefusal() throws Exception {
    try (Service patient =
            Service.start(Servers.none(), "BODY_TIMEOUT=500ms", Keys.setting("desk:read"));
        Socket socket = new Socket(address.getHost(), patient.uri("/").getPort())) {
      socket.setSoTimeout((int) LIMIT.toMillis());
      String refused = "GET /result/T-1 HTTP/1.1\r\nHost: x\r\n\r\n";
      for (int i = 0; i < 2; i++) {
        write(socket, refused);
        assertThat(answer(socket)).startsWith("HTTP/1.1 401").contains("needs a key");
        // Longer than the body may take.
        LockSupport.parkNanos(Duration.ofMillis(700).toNanos());
      }
      write(socket, refused.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
      assertThat(rest(socket)).startsWith("HTTP/1.1 401");
    }
  }

  /** One answer, to the end of the object in it. */
  private static String answer(Socket socket) throws IOException {
    StringBuilder answer = new StringBuilder();
    while (answer.indexOf("}") < 0) {
      int read = socket.getInputStream().read();
      assertThat(read).as("the connection goes on: " + answer).isNotNegative();
      answer.append((char) read);
    }
    return answer.toString();
  }

  @Test
  void aConnectionThatSaysNothingIsNotKept() throws Exception {
    try (Socket silent = connect()) {
      assertThat(rest(silent)).isEmpty();
    }
    try (Socket idle = connect()) {
      write(idle, "GET /v3/api-docs.yaml HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(rest(idle)).startsWith("HTTP/1.1 200");
    }
  }

  @Test
  void headersAndRequestLinesHaveALength() throws Exception {
    try (Socket headers = connect();
        Socket line = connect()) {
      write(
          headers, "GET /status HTTP/1.1\r\nHost: x\r\nX-Long: " + "a".repeat(9_000) + "\r\n\r\n");
      assertThat(rest(headers)).startsWith("HTTP/1.1 431");
      write(line, "GET /" + "a".repeat(5_000) + " HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(rest(line)).startsWith("HTTP/1.1 414");
    }
  }

  private static double openConnections(Service of) {
    return of.metric("tickets_ingest_connections", "");
  }

  @Test
  void callersBeyondTheLimitWaitForAPlace() throws Exception {
    String call = "GET /v3/api-docs HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    List<Socket> silent = new ArrayList<>();
    try (Service full =
        Service.start(Servers.none(), "MAX_CONNECTIONS=" + MOST, "HEADER_TIMEOUT=1m")) {
      for (int i = 0; i < MOST * 3; i++) {
        silent.add(new Socket(address.getHost(), full.uri("/").getPort()));
      }
      // Those accepted in the same breath as the last one that had a place have one too.
      await()
          .atMost(LIMIT)
          .untilAsserted(
              () -> assertThat(openConnections(full)).isBetween((double) MOST, MOST + 16.0));

      try (Socket last = new Socket(address.getHost(), full.uri("/").getPort())) {
        write(last, call);
        last.setSoTimeout(500);
        assertThatThrownBy(() -> last.getInputStream().read())
            .as("no place yet")
            .isInstanceOf(SocketTimeoutException.class);
        for (Socket socket : silent) {
          socket.close();
        }
        last.setSoTimeout((int) LIMIT.toMillis());
        assertThat(rest(last)).startsWith("HTTP/1.1 200");
      }
      await().atMost(LIMIT).until(() -> openConnections(full) == 0);
    } finally {
      for (Socket socket : silent) {
        socket.close();
      }
    }
  }

  /** By default an idle connection is kept for longer than this test waits. */
  @Test
  void anIdleConnectionGivesItsPlaceToACallerWhoWaits() throws Exception {
    String call = "GET /v3/api-docs.yaml HTTP/1.1\r\nHost: x\r\n\r\n";
    List<Socket> kept = new ArrayList<>();
    try (Service small = Service.start(Servers.none(), "MAX_CONNECTIONS=4")) {
      for (int i = 0; i < 12; i++) {
        Socket socket = new Socket(address.getHost(), small.uri("/").getPort());
        socket.setSoTimeout((int) LIMIT.toMillis());
        kept.add(socket);
        write(socket, call);
        assertThat(socket.getInputStream().read()).as("call %d", i).isEqualTo('H');
      }
    } finally {
      for (Socket socket : kept) {
        socket.close();
      }
    }
  }
}
