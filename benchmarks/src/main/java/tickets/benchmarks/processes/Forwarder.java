package tickets.benchmarks.processes;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Stands before a server and holds every byte back for a while, in both directions, as a long way
 * would: what was sent arrives in order and later, and more can be sent meanwhile.
 */
public final class Forwarder implements AutoCloseable {

  private static final byte[] END = {};

  /** Chunks under way in one direction; more wait in the sender's socket. */
  private static final int MOST_UNDER_WAY = 4_096;

  private final ServerSocket door;
  private final int target;
  private volatile Duration delay = Duration.ZERO;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();

  private record Chunk(byte[] bytes, long arrivesNanos) {}

  /**
   * Without any delay at first.
   *
   * @param port where it listens, on loopback
   * @param target the server's port
   */
  public Forwarder(int port, int target) throws IOException {
    this.door = new ServerSocket(port, 100, InetAddress.getLoopbackAddress());
    this.target = target;
    daemon("forwarder-" + port, this::accept);
  }

  public int port() {
    return door.getLocalPort();
  }

  /**
   * For what is sent from now on.
   *
   * @param eachWay in each direction
   */
  public void delay(Duration eachWay) {
    delay = eachWay;
  }

  private void accept() throws IOException {
    while (true) {
      Socket client = door.accept();
      open.add(client);
      daemon("forwarder-connection", () -> connect(client));
    }
  }

  private void connect(Socket client) throws IOException, InterruptedException {
    // Dialling takes its time too.
    TimeUnit.NANOSECONDS.sleep(2 * delay.toNanos());
    Socket server = new Socket();
    open.add(server);
    try {
      server.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), target));
    } catch (IOException e) {
      close(client);
      close(server);
      return;
    }
    client.setTcpNoDelay(true);
    server.setTcpNoDelay(true);
    pump(client, server);
    pump(server, client);
  }

  private void pump(Socket from, Socket to) {
    BlockingQueue<Chunk> underWay = new LinkedBlockingQueue<>(MOST_UNDER_WAY);
    daemon("forwarder-read", () -> read(from, underWay));
    daemon("forwarder-write", () -> write(underWay, from, to));
  }

  private void read(Socket from, BlockingQueue<Chunk> underWay) throws InterruptedException {
    byte[] buffer = new byte[16 * 1024];
    try {
      while (true) {
        int length = from.getInputStream().read(buffer);
        if (length < 0) {
          throw new EOFException();
        }
        underWay.put(new Chunk(Arrays.copyOf(buffer, length), System.nanoTime() + delay.toNanos()));
      }
    } catch (IOException e) {
      underWay.put(new Chunk(END, System.nanoTime() + delay.toNanos()));
    }
  }

  private void write(BlockingQueue<Chunk> underWay, Socket from, Socket to)
      throws InterruptedException {
    try {
      while (true) {
        Chunk next = underWay.take();
        TimeUnit.NANOSECONDS.sleep(next.arrivesNanos() - System.nanoTime());
        if (next.bytes() == END) {
          break;
        }
        to.getOutputStream().write(next.bytes());
      }
    } catch (IOException e) {
      // The other side is gone: so is this connection.
    } finally {
      close(from);
      close(to);
      // Whoever reads may wait for room.
      underWay.clear();
    }
  }

  private void close(Socket socket) {
    open.remove(socket);
    try {
      socket.close();
    } catch (IOException e) {
      // It is closed as far as it can be.
    }
  }

  private interface Task {
    void run() throws IOException, InterruptedException;
  }

  private static void daemon(String name, Task task) {
    Thread thread =
        new Thread(
            () -> {
              try {
                task.run();
              } catch (IOException | InterruptedException e) {
                // Closed.
              }
            },
            name);
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() {
    try {
      door.close();
    } catch (IOException e) {
      // As above.
    }
    open.forEach(this::close);
  }
}
