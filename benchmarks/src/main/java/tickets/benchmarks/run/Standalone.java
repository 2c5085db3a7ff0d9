package tickets.benchmarks.run;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tickets.benchmarks.processes.Usage;

/** {@code ./start}, as a newcomer runs it. */
final class Standalone implements AutoCloseable {

  /** With time to build, and to unpack libraries. */
  private static final Duration LIMIT = Duration.ofMinutes(6);

  private final Path home;
  private final Path work;
  private @Nullable Process process;

  Standalone(Path home, Path work) {
    this.home = home;
    this.work = work;
  }

  /**
   * One start and stop.
   *
   * @param readySeconds until it takes tickets and scores them
   * @param pssMib of all its processes then
   */
  record Started(double readySeconds, double pssMib) {}

  /** Starts it, waits until it is ready, and stops it; its data stay for the next start. */
  Started start() throws IOException, InterruptedException {
    int port;
    int kafkaPort;
    // Both open at once, so that they differ.
    try (ServerSocket one = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = one.getLocalPort();
      kafkaPort = other.getLocalPort();
    }
    ProcessBuilder builder =
        new ProcessBuilder("setsid", "./start")
            .directory(home.toFile())
            .redirectErrorStream(true)
            .redirectOutput(
                ProcessBuilder.Redirect.appendTo(work.resolve("logs/start.log").toFile()));
    builder.environment().keySet().retainAll(Set.of("PATH", "HOME", "LANG", "TMPDIR", "JAVA_HOME"));
    builder
        .environment()
        .putAll(
            Map.of(
                "DATA_DIR", work.resolve("standalone").toString(),
                "PORT", Integer.toString(port),
                "KAFKA_PORT", Integer.toString(kafkaPort)));
    long began = System.nanoTime();
    Process started = builder.start();
    process = started;
    HttpClient client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(1)).build();
    HttpRequest status =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/status"))
            .timeout(Duration.ofSeconds(2))
            .build();
    while (!answers(client, status)) {
      if (!started.isAlive() || System.nanoTime() - began > LIMIT.toNanos()) {
        throw new IOException("./start did not get ready; see " + work.resolve("logs/start.log"));
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
    double seconds = (System.nanoTime() - began) / 1e9;
    List<ProcessHandle> all =
        Stream.concat(Stream.of(started.toHandle()), started.descendants()).toList();
    double pss = Usage.of(all).pssMib();
    close();
    return new Started(seconds, pss);
  }

  private static boolean answers(HttpClient client, HttpRequest status)
      throws InterruptedException {
    try {
      return client.send(status, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException e) {
      return false;
    }
  }

  /** In good order; whatever is left after its limit is killed. */
  @Override
  public void close() {
    Process running = process;
    if (running == null) {
      return;
    }
    List<ProcessHandle> all =
        Stream.concat(Stream.of(running.toHandle()), running.descendants()).toList();
    running.destroy();
    try {
      running.waitFor(30, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    all.forEach(ProcessHandle::destroyForcibly);
    process = null;
  }
}
