package tickets.embedded;

import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;

/**
 * All three, started at once by three threads, as {@code ./start} does. With a main, to be killed
 * from outside.
 */
record Servers(EmbeddedKafka kafka, EmbeddedPostgres postgres, EmbeddedRedis redis)
    implements AutoCloseable {

  static Servers start(Path directory) {
    var kafka =
        CompletableFuture.supplyAsync(
            () -> EmbeddedKafka.start(directory.resolve("kafka"), Ports.LOOPBACK, 0));
    var postgres =
        CompletableFuture.supplyAsync(
            () -> EmbeddedPostgres.start(directory.resolve("postgres"), 0));
    var redis =
        CompletableFuture.supplyAsync(() -> EmbeddedRedis.start(directory.resolve("redis"), 0));
    return new Servers(kafka.join(), postgres.join(), redis.join());
  }

  @Override
  public void close() {
    kafka.close();
    postgres.close();
    redis.close();
  }

  /** Prints {@code READY KAFKA_PORT POSTGRES_PORT REDIS_PORT}, then runs until a signal comes. */
  public static void main(String[] arguments) {
    var starting = CompletableFuture.supplyAsync(() -> start(Path.of(arguments[0])));
    Runtime.getRuntime().addShutdownHook(new Thread(() -> starting.join().close()));
    Servers servers = starting.join();
    System.out.println(
        "READY "
            + servers.kafka.port()
            + " "
            + servers.postgres.port()
            + " "
            + servers.redis.port());
  }
}
