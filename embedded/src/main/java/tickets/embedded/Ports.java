package tickets.embedded;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/** Free ports, and a clear refusal of those that are not. */
final class Ports {
  static final String LOOPBACK = "127.0.0.1";

  /**
   * How often a start is tried on a port that we chose ourselves: between our look and the server's
   * bind another process may take it. A port that the caller chose is tried once.
   */
  static final int ATTEMPTS = 3;

  private Ports() {}

  /** A port that was free a moment ago. */
  static int free(String address) {
    try (ServerSocket socket = bind(address, 0)) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new EmbeddedFailure(
          "No free port on " + address + ": " + EmbeddedFailure.reason(e) + ". Check the address.",
          e);
    }
  }

  /** The same, and another one than that: nobody listens there yet. */
  static int freeBeside(int chosen, String address) {
    int port = free(address);
    while (port == chosen) {
      port = free(address);
    }
    return port;
  }

  /** The wanted port if it is free, or a free one for 0. */
  static int choose(String server, String address, int port) {
    if (port == 0) {
      return free(address);
    }
    requireFree(server, address, port);
    return port;
  }

  private static void requireFree(String server, String address, int port) {
    try (ServerSocket ignored = bind(address, port)) {
      return;
    } catch (BindException e) {
      String reason = EmbeddedFailure.reason(e);
      if (reason.contains("in use")) {
        throw new EmbeddedFailure(
            server
                + " can't use port "
                + port
                + " on "
                + address
                + ": another process listens there. Stop it or choose another port.",
            e);
      }
      throw new EmbeddedFailure(
          server
              + " can't listen on "
              + address
              + ", port "
              + port
              + ": "
              + reason
              + ". Choose another address or port.",
          e);
    } catch (IOException e) {
      throw new EmbeddedFailure(
          server
              + " can't listen on "
              + address
              + ", port "
              + port
              + ": "
              + EmbeddedFailure.reason(e)
              + ". Choose another address or port.",
          e);
    }
  }

  private static ServerSocket bind(String address, int port) throws IOException {
    ServerSocket socket = new ServerSocket();
    try {
      // Connections of a server stopped a moment ago (TIME_WAIT) are no hindrance, as they are none
      // to the servers.
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getByName(address), port), 1);
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }
}
