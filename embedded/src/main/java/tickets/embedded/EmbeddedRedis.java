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
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Redis 6.2 as a child process on 127.0.0.1, without password and TLS unless told otherwise. Data
 * survives a restart (append-only file, synced every second). Memory for data is bounded by 256 MB;
 * above it the key that would expire soonest goes first.
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
  private final boolean encrypted;
  private final AtomicBoolean closed = new AtomicBoolean();

  private EmbeddedRedis(
      DataDirectory directory, ServerProcess process, int port, boolean encrypted) {
    this.directory = directory;
    this.process = process;
    this.port = port;
    this.encrypted = encrypted;
  }

  /**
   * Returns when Redis answers.
   *
   * @param port 0 for a free one
   * @throws EmbeddedFailure with one line that says what to do
   */
  public static EmbeddedRedis start(Path dataDirectory, int port) {
    return start(dataDirectory, port, "", null);
  }

  /**
   * The same, locked.
   *
   * @param password every client must give it; empty: none need to. Stands in the file redis.conf,
   *     which only its owner can read
   * @param tls if given, nothing but TLS is spoken
   * @throws EmbeddedFailure with one line that says what to do
   */
  public static EmbeddedRedis start(
      Path dataDirectory, int port, String password, @Nullable ServerTls tls) {
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
        writeForOwner(settings, settings(directory.path(), chosen, password, tls));
        ServerProcess process =
            ServerProcess.start(
                NAME,
                List.of(program.toString(), settings.toString()),
                directory.path(),
                directory.path().resolve("redis.log"),
                STOPS);
        try {
          process.awaitReady(() -> answers(chosen, process.pid(), password, tls), READY);
          return new EmbeddedRedis(directory, process, chosen, tls != null);
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

  private static void writeForOwner(Path file, String content) throws IOException {
    Files.deleteIfExists(file);
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(file, content);
  }

  private static String settings(
      Path directory, int port, String password, @Nullable ServerTls tls) {
    // volatile-ttl: everything stored here expires, the text cache in minutes, claimed ids in a
    // day; what would go
    // soonest anyway goes first, and the few keys without an expiry stay. LRU could forget a
    // claimed id before a cached
    // text.
    //
    // Uncompressed: the append-only file is rewritten whenever it has doubled, by a process that
    // takes its CPU from the scorer. With compression 60,000 outcomes took 0.5 s of a core, without
    // 0.2 s, and 81 MB of disk instead of 67 MB. Nor often: with some 200 MB to write it had a core
    // for five to seven seconds, and of 250 calls a second on two cores 796 were refused meanwhile
    // (2026-11-28, benchmarks/results/run/result-zen5.json), every five to seven minutes. Of this
    // size it is after half an hour of that. At a start Redis reads 417 MB in 3.7 s.
    //
    // The last lines: on a machine shared with others, anyone can reach 127.0.0.1, and with these
    // commands write files
    // or load code as the user that runs Redis. Nothing here needs them.
    return """
        bind 127.0.0.1
        dir %s
        daemonize no
        set-proc-title no
        appendonly yes
        appendfsync everysec
        save ""
        rdbcompression no
        auto-aof-rewrite-min-size 1gb
        maxmemory 256mb
        maxmemory-policy volatile-ttl
        rename-command CONFIG ""
        rename-command MODULE ""
        rename-command DEBUG ""
        rename-command REPLICAOF ""
        rename-command SLAVEOF ""
        """
            .formatted(quoted(directory))
        + (tls == null
            ? "port " + port + "\n"
            : """
              port 0
              tls-port %d
              tls-cert-file %s
              tls-key-file %s
              tls-ca-cert-file %s
              tls-auth-clients no
              """
                .formatted(
                    port, quoted(tls.certificate()), quoted(tls.privateKey()), quoted(tls.ca())))
        + (password.isEmpty() ? "" : "requirepass " + quoted(password) + "\n");
  }

  private static String quoted(Object value) {
    return '"' + value.toString().replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  /** Whether the Redis that answers there is this one, and has read its file. */
  private static boolean answers(int port, long pid, String password, @Nullable ServerTls tls) {
    try (Socket socket =
        tls == null ? new Socket() : tls.trusting().getSocketFactory().createSocket()) {
      socket.connect(new InetSocketAddress(Ports.LOOPBACK, port), 1_000);
      socket.setSoTimeout(1_000);
      String login = password.isEmpty() ? "" : "AUTH " + quoted(password) + "\r\n";
      socket
          .getOutputStream()
          .write((login + "INFO server\r\nQUIT\r\n").getBytes(StandardCharsets.UTF_8));
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

  /** {@code redis://127.0.0.1:PORT}, {@code rediss://} with TLS; never with the password. */
  public String url() {
    return (encrypted ? "rediss://" : "redis://") + Ports.LOOPBACK + ":" + port;
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
