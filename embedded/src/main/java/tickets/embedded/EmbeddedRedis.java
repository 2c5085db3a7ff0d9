package tickets.embedded;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Redis 6.2 as a child process on 127.0.0.1, without a password. Data survives a restart
 * (append-only file, synced every second). Memory for data is bounded by 256 MB; above it the key
 * that would expire soonest goes first.
 */
public final class EmbeddedRedis implements AutoCloseable {
  private static final String NAME = "Redis";
  private static final long FREE_DISK_MIB = 256;
  private static final Duration READY = Duration.ofSeconds(30);
  private static final List<ServerProcess.Stop> STOPS =
      List.of(new ServerProcess.Stop("TERM", Duration.ofSeconds(10)));

  private final DataDirectory directory;
  private final ServerProcess process;
  private final int port;
  private final AtomicBoolean closed = new AtomicBoolean();

  private EmbeddedRedis(DataDirectory directory, ServerProcess process, int port) {
    this.directory = directory;
    this.process = process;
    this.port = port;
  }

  /**
   * Returns when Redis answers.
   *
   * @param port 0 for a free one
   * @throws EmbeddedFailure with one line that says what to do
   */
  public static EmbeddedRedis start(Path dataDirectory, int port) {
    Binaries.requireSupportedMachine(NAME);
    DataDirectory directory = DataDirectory.open(NAME, dataDirectory, FREE_DISK_MIB);
    try {
      Path program =
          Binaries.copied("redis-server", "/redis-server-6.2.6-v5-linux-amd64", directory.path())
              .resolve("redis-server");
      Path settings = directory.path().resolve("redis.conf");
      ServerProcess.stopOrphans(NAME, commandLine -> isServerOf(settings, commandLine), STOPS);
      for (int attempt = 1; ; attempt++) {
        int chosen = Ports.choose(NAME, Ports.LOOPBACK, port);
        Files.writeString(settings, settings(directory.path(), chosen));
        ServerProcess process =
            ServerProcess.start(
                NAME,
                List.of(program.toString(), settings.toString()),
                directory.path(),
                directory.path().resolve("redis.log"),
                STOPS);
        try {
          process.awaitReady(() -> answers(chosen, process.pid()), READY);
          return new EmbeddedRedis(directory, process, chosen);
        } catch (EmbeddedFailure e) {
          if (port != 0 || attempt == Ports.ATTEMPTS || !process.foundItsPortTaken()) {
            throw e;
          }
        }
      }
    } catch (IOException e) {
      directory.close();
      throw new EmbeddedFailure(
          "Redis can't write to "
              + directory.path()
              + ": "
              + e
              + ". Choose a directory that this user may write to.",
          e);
    } catch (RuntimeException e) {
      directory.close();
      throw e;
    }
  }

  static boolean isServerOf(Path settings, List<String> commandLine) {
    return commandLine.size() == 2
        && commandLine.get(0).endsWith("/redis-server")
        && commandLine.get(1).equals(settings.toString());
  }

  private static String settings(Path directory, int port) {
    // volatile-ttl: everything stored here expires, the text cache in minutes, claimed ids in a
    // day; what would go
    // soonest anyway goes first, and the few keys without an expiry stay. LRU could forget a
    // claimed id before a cached
    // text.
    //
    // The last lines: on a machine shared with others, anyone can reach 127.0.0.1, and with these
    // commands write files
    // or load code as the user that runs Redis. Nothing here needs them.
    return """
        bind 127.0.0.1
        port %d
        dir "%s"
        daemonize no
        set-proc-title no
        appendonly yes
        appendfsync everysec
        save ""
        maxmemory 256mb
        maxmemory-policy volatile-ttl
        rename-command CONFIG ""
        rename-command MODULE ""
        rename-command DEBUG ""
        rename-command REPLICAOF ""
        rename-command SLAVEOF ""
        """
        .formatted(port, directory.toString().replace("\\", "\\\\").replace("\"", "\\\""));
  }

  /** Whether the Redis that answers there is this one, and has read its file. */
  private static boolean answers(int port, long pid) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(Ports.LOOPBACK, port), 1_000);
      socket.setSoTimeout(1_000);
      socket.getOutputStream().write("INFO server\r\nQUIT\r\n".getBytes(StandardCharsets.US_ASCII));
      BufferedReader answer =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
      return answer.lines().anyMatch(line -> line.equals("process_id:" + pid));
    } catch (IOException | UncheckedIOException e) {
      return false;
    }
  }

  public int port() {
    return port;
  }

  /** {@code redis://127.0.0.1:PORT} */
  public String url() {
    return "redis://" + Ports.LOOPBACK + ":" + port;
  }

  /** Returns within 15 s with the process gone and its file on disk. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      process.stop();
      directory.close();
    }
  }
}
