package tickets.ingest;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;

/**
 * Calls that no decent client makes, written to the socket as they are. They follow from a seed,
 * which each call names: {@code -Dhostile.seed=…} makes the same ones again.
 */
final class HostileCalls {

  /** In some bodies; no answer may repeat it. */
  static final String SECRET = "geheim";

  private static final int LIMIT_MILLIS = 20_000;

  private static final List<String> METHODS =
      List.of("POST", "POST", "POST", "GET", "GET", "PUT", "HEAD", "OPTIONS", "TRACE", "post", "Ы");

  private static final List<String> TARGETS =
      List.of(
          "/v1/bert_prediction_async",
          "/v1/bert_prediction_async",
          "/v1/bert_prediction_async",
          "/v1/bert_prediction_async?%zz",
          "/v1/bert_prediction_async/",
          "/v1/bert_prediction_async/../../status",
          "//v1//bert_prediction_async",
          "/result/T-1",
          "/result/",
          "/result/%00",
          "/result/%ff%fe",
          "/result/%zz",
          "/result/%",
          "/result/..%2f..%2fstatus",
          "/result/a%0d%0aX-Made:%20up",
          "/result/T-1;a=b;c",
          "/result/T-1?x=%zz&x=%ff",
          "/result/" + "a".repeat(129),
          "/result/" + "a".repeat(10_000),
          "/result/ы",
          "/result/a b",
          "/%c0%ae%c0%ae/etc",
          "/webjars/..%2f..%2fingest-api.yml",
          "/webjars/%2e%2e/%2e%2e/ingest-api.yml",
          "http://[::1",
          "*",
          "");

  private static final List<String> HEADERS =
      List.of(
          "Content-Type: application/json",
          "Content-Type: application/json",
          "Content-Type: application/json; charset=utf-7",
          "Content-Type: ;;;",
          "Content-Type: */*",
          "Content-Type: multipart/form-data",
          "Accept: ;q=",
          "Accept: application/json;q=9",
          "Accept-Language: *-x;q=9",
          "Content-Encoding: gzip",
          "Transfer-Encoding: chunked",
          "Transfer-Encoding: chunked, identity",
          "Content-Length: -1",
          "Content-Length: 99999999999999999999",
          "Expect: 100-continue",
          "Upgrade: websocket",
          "Range: bytes=9-0",
          "If-Modified-Since: never",
          "Origin: null",
          "Cookie: =;=;;",
          "Host: a b",
          "X-Forwarded-Host: ]:[",
          "Forwarded: for=\"",
          "Idempotency-Key: order-1",
          "Idempotency-Key: \u00ff\u0001",
          "Idempotency-Key: " + "k".repeat(300),
          "Idempotency-Key: " + "k".repeat(9_000),
          "traceparent: " + "0".repeat(600),
          "no colon",
          ": no name",
          "a\tb: c");

  private static final List<String> BODIES =
      List.of(
          "{\"text\":\"geheim\"}",
          "{\"text\":\"geheim\",\"text\":\"geheim\"}",
          "{\"text\":geheim}",
          "{\"text\":\"geheim\",\"task_id\":\"a b\"}",
          "{\"text\":\"geheim\",\"x\":" + "[".repeat(50_000),
          "{\"text\":\"\u00ff geheim\"}",
          "{\"text\":\"\\ud800 geheim\"}",
          "geheim",
          "5\r\ngeheim\r\n0\r\n\r\n",
          "fffffffff\r\n",
          "{\"text\":\"" + "x".repeat(300_000) + "\"}",
          "\0",
          "");

  private final URI service;
  private final long seed = Long.getLong("hostile.seed", new Random().nextLong());
  private final Random random = new Random(seed);
  private int count;

  HostileCalls(URI service) {
    this.service = service;
  }

  Call next() {
    // Every third is well-formed but for its body, or hardly any body would be looked at.
    boolean tame = random.nextInt(3) == 0;
    String line =
        tame ? METHODS.get(0) + " " + TARGETS.get(0) : oneOf(METHODS) + " " + oneOf(TARGETS);
    StringBuilder head = new StringBuilder(line).append(" HTTP/1.1\r\nConnection: close\r\n");
    if (random.nextInt(20) > 0) {
      head.append("Host: localhost\r\n");
    }
    if (tame) {
      head.append(HEADERS.get(0)).append("\r\n");
    }
    for (int i = tame ? 0 : random.nextInt(4); i > 0; i--) {
      head.append(oneOf(HEADERS)).append("\r\n");
    }
    String body = oneOf(BODIES);
    boolean whole = head.indexOf("Transfer-Encoding") < 0 && head.indexOf("Content-Length") < 0;
    if (whole) {
      head.append("Content-Length: ").append(body.length()).append("\r\n");
    }
    count++;
    // In Latin-1, so that not all of it is UTF-8.
    byte[] bytes = (head + "\r\n" + body).getBytes(StandardCharsets.ISO_8859_1);
    return new Call(bytes, whole, count, seed, service);
  }

  private String oneOf(List<String> all) {
    return all.get(random.nextInt(all.size()));
  }

  /**
   * One call, the {@code number}th of its seed.
   *
   * @param whole whether its body is as long as it says
   */
  record Call(byte[] bytes, boolean whole, int number, long seed, URI service) {

    /** Everything that comes back until the other side closes; "" if it closes at once. */
    String answer() {
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress(service.getHost(), service.getPort()), LIMIT_MILLIS);
        socket.setSoTimeout(LIMIT_MILLIS);
        try {
          socket.getOutputStream().write(bytes);
          if (!whole) {
            // The rest will not come, and is not to be waited for.
            socket.shutdownOutput();
          }
        } catch (SocketException e) {
          // It did not want to read all of that, and may still have answered.
        }
        return read(socket.getInputStream());
      } catch (IOException e) {
        throw new UncheckedIOException(toString(), e);
      }
    }

    private static String read(InputStream in) throws IOException {
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      byte[] buffer = new byte[8_192];
      try {
        for (int read; (read = in.read(buffer)) > 0; ) {
          all.write(buffer, 0, read);
        }
      } catch (SocketException e) {
        // Reset after the answer, as there was more to read.
      }
      return all.toString(StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
      String text = new String(bytes, StandardCharsets.ISO_8859_1);
      return "call %d of seed %d: %s"
          .formatted(number, seed, text.substring(0, Math.min(400, text.length())));
    }
  }
}
