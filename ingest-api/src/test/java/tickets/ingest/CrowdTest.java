package tickets.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tickets.contract.EventJson;
import tickets.embedded.EmbeddedKafka;

/**
 * Hundreds of calls at the same moment to a service that has just started: the first takes its loop
 * for so long that all others have to wait for their turn.
 */
class CrowdTest {

  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int CALLERS = 300;
  private static final byte[] BODY = "{\"text\":\"Не открывается касса\"}".getBytes(UTF_8);

  private static void write(Socket socket, byte[] bytes, int from, int to) throws IOException {
    socket.getOutputStream().write(bytes, from, to - from);
  }

  private static byte[] head() {
    return ("POST /v1/bert_prediction_async HTTP/1.1\r\nHost: x\r\n"
            + "Content-Type: application/json\r\nContent-Length: "
            + BODY.length
            + "\r\n\r\n")
        .getBytes(UTF_8);
  }

  private static byte[] call() {
    byte[] head = head();
    byte[] call = new byte[head.length + BODY.length];
    System.arraycopy(head, 0, call, 0, head.length);
    System.arraycopy(BODY, 0, call, head.length, BODY.length);
    return call;
  }

  /** The id in the 202 that comes next. */
  private static String accepted(Socket socket) throws IOException {
    StringBuilder read = new StringBuilder();
    while (read.indexOf("\r\n\r\n{") < 0 || read.charAt(read.length() - 1) != '}') {
      int next = socket.getInputStream().read();
      assertThat(next).as("after %s", read).isNotNegative();
      read.append((char) next);
    }
    assertThat(read.toString()).startsWith("HTTP/1.1 202");
    String json = read.substring(read.indexOf("\r\n\r\n{"));
    return EventJson.mapper().readTree(json).path("task_id").stringValue();
  }

  private static double ahead(Service service) {
    return service.metric("tickets_ingest_ahead{", "topic=\"tickets\"");
  }

  /** A third comes in two pieces, and a third hangs up in the middle. */
  @Test
  void everyCallIsAnsweredAndNoneKeepsItsPlace(@TempDir Path data) throws Exception {
    byte[] call = call();
    int middle = call.length - BODY.length / 2;
    List<Socket> callers = new ArrayList<>();
    try (EmbeddedKafka kafka = EmbeddedKafka.start(data, "127.0.0.1", 0);
        Service service =
            Service.start(Servers.none().withKafka(kafka.bootstrapServers()), "IDLE_TIMEOUT=1s")) {
      await().atMost(LIMIT).until(() -> ready(service));
      for (int i = 0; i < CALLERS; i++) {
        Socket socket = new Socket("127.0.0.1", service.uri("/").getPort());
        socket.setSoTimeout((int) LIMIT.toMillis());
        callers.add(socket);
      }
      double before = ahead(service);
      for (int i = 0; i < CALLERS; i++) {
        write(callers.get(i), call, 0, i % 3 == 0 ? call.length : middle);
      }
      for (int i = 2; i < CALLERS; i += 3) {
        callers.get(i).close();
      }
      for (int i = 1; i < CALLERS; i += 3) {
        write(callers.get(i), call, middle, call.length);
      }

      Set<String> ids = new HashSet<>();
      for (int i = 0; i < CALLERS; i++) {
        if (i % 3 != 2) {
          ids.add(accepted(callers.get(i)));
        }
      }

      assertThat(ids).hasSize(CALLERS / 3 * 2);
      // Nobody scores them; whoever hung up has left.
      await().atMost(LIMIT).until(() -> ahead(service) == before + ids.size());
    } finally {
      for (Socket caller : callers) {
        caller.close();
      }
    }
  }

  private static boolean ready(Service service) {
    return service.submit(new String(BODY, UTF_8)).status() == 202;
  }
}
