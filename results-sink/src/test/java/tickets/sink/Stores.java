package tickets.sink;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import tickets.embedded.EmbeddedKafka;
import tickets.embedded.EmbeddedPostgres;
import tickets.embedded.EmbeddedRedis;

/**
 * Kafka, PostgreSQL and Redis, started once for all tests of this JVM: tests keep apart by the ids
 * of their tickets. A store can be taken away and brought back on the same port with the same data.
 */
final class Stores implements AutoCloseable {

  private final Path directory;
  private final EmbeddedKafka kafka;
  private final int postgresPort;
  private final int redisPort;
  private EmbeddedPostgres postgres;
  private EmbeddedRedis redis;

  private Stores(Path directory) {
    this.directory = directory;
    this.kafka = EmbeddedKafka.start(directory.resolve("kafka"), "127.0.0.1", 0);
    this.postgres = EmbeddedPostgres.start(directory.resolve("postgres"), 0);
    this.redis = EmbeddedRedis.start(directory.resolve("redis"), 0);
    this.postgresPort = postgres.port();
    this.redisPort = redis.port();
  }

  /** Lets a test take {@code Stores} as parameter. */
  static final class InJvm implements ParameterResolver, BeforeAllCallback {
    @Override
    public void beforeAll(ExtensionContext context) {
      stores(context);
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
      return parameter.getParameter().getType() == Stores.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
      return stores(context);
    }

    private static Stores stores(ExtensionContext context) {
      return context
          .getRoot()
          .getStore(ExtensionContext.Namespace.GLOBAL)
          .computeIfAbsent(Stores.class, any -> start(), Stores.class);
    }

    private static Stores start() {
      try {
        return new Stores(Files.createTempDirectory("results-sink"));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  Addresses addresses() {
    return new Addresses(
        kafka.bootstrapServers(),
        postgres.r2dbcUrl(),
        postgres.jdbcUrl(),
        postgres.user(),
        postgres.password(),
        redis.url());
  }

  void stopPostgres() {
    postgres.close();
  }

  void startPostgres() {
    postgres = EmbeddedPostgres.start(directory.resolve("postgres"), postgresPort);
  }

  void stopRedis() {
    redis.close();
  }

  void startRedis() {
    redis = EmbeddedRedis.start(directory.resolve("redis"), redisPort);
  }

  /** PostgreSQL's and Redis' processes stand still: connections stay open, nothing is answered. */
  void suspend() {
    signal("STOP");
  }

  void resume() {
    signal("CONT");
  }

  private void signal(String name) {
    List<ProcessHandle> processes =
        ProcessHandle.current()
            .descendants()
            .filter(
                process ->
                    process
                        .info()
                        .commandLine()
                        .map(line -> line.contains("postgres") || line.contains("redis"))
                        .orElse(false))
            .toList();
    for (ProcessHandle process : processes) {
      try {
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
      } catch (IOException | InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  @Override
  public void close() throws IOException {
    redis.close();
    postgres.close();
    kafka.close();
    try (Stream<Path> files = Files.walk(directory)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    }
  }
}
