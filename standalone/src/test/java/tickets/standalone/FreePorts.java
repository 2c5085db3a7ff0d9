package tickets.standalone;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;

/** Ports for tests that nobody else has. */
final class FreePorts {

  /**
   * Below the ports that the system gives to outgoing connections and to servers that ask for any
   * (from 32,768 on Linux): so nobody is given one of ours between our look and its use. Each is
   * handed out once, from a place of this process's own.
   */
  private static final int LOWEST = 20_000;

  private static final int HIGHEST = 32_000;

  private static int next = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST);

  private FreePorts() {}

  static synchronized int one() {
    return IntStream.generate(FreePorts::nextInTurn)
        .limit(HIGHEST - LOWEST)
        .filter(FreePorts::isFree)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("No port from " + LOWEST + " is free"));
  }

  private static int nextInTurn() {
    next = next + 1 < HIGHEST ? next + 1 : LOWEST;
    return next;
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return socket.isBound();
    } catch (IOException e) {
      return false;
    }
  }
}
