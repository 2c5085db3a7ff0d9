package tickets.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * {@link Servers} in a JVM of its own that leads its process group, as a foreground job of a
 * terminal does.
 */
final class ChildJvm implements AutoCloseable {
  private final Process process;
  private final Path output;
  private final Path directory;

  ChildJvm(Path directory) throws IOException {
    this.directory = directory;
    output = directory.resolve("output.txt");
    process =
        new ProcessBuilder(
                "setsid",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                Servers.class.getName(),
                directory.toString())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
  }

  /** The ports of Kafka, PostgreSQL and Redis. */
  List<Integer> awaitReady() {
    String ready =
        Awaitility.await("the child JVM is ready")
            .atMost(Duration.ofSeconds(120))
            .failFast("the child JVM ended, see " + output, () -> !process.isAlive())
            .until(() -> line("READY "), line -> !line.isEmpty());
    return Arrays.stream(ready.substring("READY ".length()).split(" "))
        .map(Integer::valueOf)
        .toList();
  }

  private String line(String start) {
    try (Stream<String> lines = Files.lines(output)) {
      return lines.filter(line -> line.startsWith(start)).findFirst().orElse("");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
  }

  /** Ctrl-C: SIGINT to every process of the group. */
  void interruptGroup() throws IOException, InterruptedException {
    new ProcessBuilder("/bin/sh", "-c", "kill -s INT -- -" + process.pid())
        .start()
        .waitFor(5, TimeUnit.SECONDS);
  }

  boolean endsWithin(Duration limit) throws InterruptedException {
    return process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Command lines of the stores' processes on this directory, whoever started them. */
  List<String> stores() {
    return ProcessHandle.allProcesses()
        .map(ServerProcess::commandLine)
        .filter(
            line ->
                EmbeddedPostgres.isServerOf(directory.resolve("postgres/cluster"), line)
                    || EmbeddedRedis.isServerOf(directory.resolve("redis/redis.conf"), line))
        .map(line -> String.join(" ", line))
        .toList();
  }

  @Override
  public void close() throws InterruptedException {
    kill();
  }
}
