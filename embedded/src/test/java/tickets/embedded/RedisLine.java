package tickets.embedded;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** One command to a Redis on this machine, without a client library. */
final class RedisLine {
  private RedisLine() {}

  /** The answer's value: what follows a length, a plus, a minus or a colon. */
  static String send(int port, String command) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", port)) {
      return send(socket, command);
    }
  }

  /** The same by TLS. */
  static String send(ServerTls tls, int port, String command) throws IOException {
    try (Socket socket = tls.trusting().getSocketFactory().createSocket("127.0.0.1", port)) {
      return send(socket, command);
    }
  }

  private static String send(Socket socket, String command) throws IOException {
    socket.setSoTimeout(5_000);
    socket.getOutputStream().write((command + "\r\n").getBytes(StandardCharsets.UTF_8));
    BufferedReader answer =
        new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
    String first = answer.readLine();
    if (first == null) {
      throw new IOException("Redis closed the connection");
    }
    return first.startsWith("$") && !first.equals("$-1") ? answer.readLine() : first.substring(1);
  }
}
