package tickets.standalone;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import tickets.embedded.EmbeddedFailure;
import tickets.embedded.EmbeddedKafka;
import tickets.embedded.EmbeddedPostgres;
import tickets.embedded.EmbeddedRedis;
import tickets.ingest.IngestApi;
import tickets.ingest.status.PipelineProof;
import tickets.scorer.ScorerStream;
import tickets.sink.ResultsSink;

/**
 * The three services as they are deployed, each in an application context of its own, on embedded
 * Kafka, PostgreSQL and Redis, in one JVM.
 *
 * <pre>
 *   Kafka ┐                ┌ results-sink  ┐
 *   Redis ├─ in parallel ─▶├ scorer-stream ├─▶ ingest-api ─▶ two real tickets ─▶ ready
 *   Postgres ┘             └ (in parallel) ┘
 * </pre>
 *
 * <p>They stop in the opposite order, so that what was accepted is on disk before its store goes.
 */
public final class Standalone implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Standalone.class);

  /** How long a first start may take on a slow machine before it is called failed. */
  private static final Duration READY_LIMIT = Duration.ofSeconds(180);

  /** How long a stop waits for what is just starting: it can't be stopped before it is there. */
  private static final Duration STARTING_LIMIT = Duration.ofSeconds(60);

  /** Twice what a store or a service takes at most, as they say themselves. */
  private static final Duration STOPPING_LIMIT = Duration.ofSeconds(60);

  private final StartSettings settings;
  private final Progress progress;
  private final List<CompletableFuture<?>> starting = new ArrayList<>();
  private final RunningParts running = new RunningParts(STOPPING_LIMIT);
  private volatile boolean stopping;

  /**
   * What a start leads to.
   *
   * @param firstAnswers what this run answered to its first tickets
   */
  record Ready(Endpoints endpoints, List<FirstTickets.Answer> firstAnswers) {}

  Standalone(StartSettings settings, Progress progress) {
    this.settings = settings;
    this.progress = progress;
  }

  /**
   * Starts everything and returns once real tickets of this run have gone through.
   *
   * @throws CannotStart with one line for a person; {@link #close} what had started
   */
  Ready start() {
    try {
      return startAll();
    } catch (CompletionException | EmbeddedFailure e) {
      throw explained(e);
    }
  }

  private Ready startAll() {
    Path data = settings.dataDirectory();
    FileLock lock = Preflight.check(settings);
    running.add("lock", () -> Preflight.release(lock));
    Endpoints.removeFrom(data);
    running.add("endpoints.json", () -> Endpoints.removeFrom(data));

    progress.begin("Kafka, PostgreSQL and Redis");
    var postgres =
        startAside("PostgreSQL", () -> EmbeddedPostgres.start(data.resolve("postgres"), 0));
    var redis = startAside("Redis", () -> EmbeddedRedis.start(data.resolve("redis"), 0));
    var kafka =
        startAside(
            "Kafka",
            () ->
                EmbeddedKafka.start(data.resolve("kafka"), settings.bind(), settings.kafkaPort()));
    awaitAll(List.of(postgres, redis, kafka));
    EmbeddedPostgres database = postgres.join();
    Endpoints endpoints =
        new Endpoints(
            settings.httpUrl(),
            kafka.join().bootstrapServers(),
            database.libpqUrl(),
            redis.join().url());
    Map<String, String> environment = new TreeMap<>();
    environment.put("KAFKA_BOOTSTRAP_SERVERS", endpoints.kafka());
    environment.put("REDIS_URL", endpoints.redis());
    environment.put("POSTGRES_URL", database.r2dbcUrl());
    environment.put("POSTGRES_JDBC_URL", database.jdbcUrl());
    environment.put("POSTGRES_USER", database.serviceUser());
    environment.put("POSTGRES_PASSWORD", database.servicePassword());
    environment.put("POSTGRES_MIGRATION_USER", database.user());
    environment.put("POSTGRES_MIGRATION_PASSWORD", database.password());
    environment.put("REPLICATION_FACTOR", "1");
    environment.put("MODEL_PATH", settings.modelPath().toString());
    environment.put("STATE_DIR", data.resolve("scorer").toString());
    environment.put("BIND", settings.bind());
    OwnKey key = OwnKey.beside(settings.access());
    environment.put("API_KEYS", key.setting());
    environment.put("PORT", Integer.toString(settings.port()));
    // One HTTP port: what the management port tells, /status tells here.
    environment.put("INGEST_MANAGEMENT_PORT", "-1");

    progress.begin("results-sink and scorer-stream, with the model");
    var sink =
        startAside(
            "results-sink",
            () -> run(ResultsSink.application().web(WebApplicationType.NONE), environment));
    var scorer =
        startAside(
            "scorer-stream",
            () -> run(ScorerStream.application().web(WebApplicationType.NONE), environment));
    awaitAll(List.of(sink, scorer));

    progress.begin("ingest-api");
    PipelineProof proof = PipelineProof.pending();
    var ingest =
        startAside(
            "ingest-api",
            () ->
                run(
                    IngestApi.application()
                        .initializers(
                            context ->
                                context.getBeanFactory().registerSingleton("pipelineProof", proof)),
                    environment));
    awaitAll(List.of(ingest));

    progress.begin("first tickets through the whole pipeline");
    List<FirstTickets.Answer> answers =
        FirstTickets.send(
            endpoints.http(), key.key(), settings.access().tlsCertificate(), READY_LIMIT);
    proof.proved();
    FirstTickets.awaitStatus(endpoints.http(), key.key(), settings.access().tlsCertificate());
    endpoints.writeTo(data);
    progress.end();
    return new Ready(endpoints, answers);
  }

  /** Stops everything in order, also what is half started; calling it again does nothing. */
  @Override
  public void close() {
    stopping = true;
    List<CompletableFuture<?>> half;
    synchronized (starting) {
      half = List.copyOf(starting);
    }
    try {
      CompletableFuture.allOf(half.toArray(CompletableFuture[]::new))
          .get(STARTING_LIMIT.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      log.debug("A part had failed to start", e);
    } catch (TimeoutException e) {
      log.warn(
          "A part is still starting after {} s and is left behind", STARTING_LIMIT.toSeconds());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    running.close();
  }

  private <T extends AutoCloseable> CompletableFuture<T> startAside(
      String name, Supplier<T> start) {
    if (stopping) {
      throw new CannotStart("It was told to stop while it was starting.");
    }
    CompletableFuture<T> started = new CompletableFuture<>();
    synchronized (starting) {
      starting.add(started);
    }
    Thread thread =
        new Thread(
            () -> {
              try {
                T part = start.get();
                running.add(name, part);
                started.complete(part);
              } catch (Throwable e) {
                started.completeExceptionally(e);
              }
            },
            "start-" + name);
    thread.start();
    return started;
  }

  /**
   * Waits for all, also when one failed: nobody may still be starting while the rest is stopped.
   */
  private static void awaitAll(List<? extends CompletableFuture<?>> started) {
    List<CompletionException> failures = new ArrayList<>();
    for (CompletableFuture<?> one : started) {
      try {
        one.join();
      } catch (CompletionException e) {
        failures.add(e);
      }
    }
    if (!failures.isEmpty()) {
      throw failures.get(0);
    }
  }

  private static ConfigurableApplicationContext run(
      SpringApplicationBuilder application, Map<String, String> environment) {
    // One ordered stop of our own instead of three shutdown hooks at once; no MBeans of one name.
    return application
        .registerShutdownHook(false)
        .properties(
            "spring.main.banner-mode=off",
            "spring.main.log-startup-info=false",
            "spring.jmx.enabled=false")
        .run(
            environment.entrySet().stream()
                .map(variable -> "--" + variable.getKey() + "=" + variable.getValue())
                .toArray(String[]::new));
  }

  private static CannotStart explained(RuntimeException e) {
    Throwable cause = e;
    while (cause.getCause() != null
        && !(cause instanceof CannotStart)
        && !(cause instanceof EmbeddedFailure)) {
      cause = cause.getCause();
    }
    return cause instanceof CannotStart known
        ? known
        : new CannotStart(String.valueOf(cause.getMessage()), e);
  }

  /** Not on Kafka's own thread, which would wait for itself to end. */
  private static void stopForKafka(StartSettings settings, Progress progress) {
    long free = settings.dataDirectory().toFile().getUsableSpace() >> 20;
    progress.say(
        "Kafka can't write to "
            + settings.dataDirectory()
            + " any more ("
            + free
            + " MiB are free there). Make room and start again: every accepted ticket is kept.");
    new Thread(() -> System.exit(1), "stop-for-kafka").start();
  }

  /**
   * What {@code ./start} runs. Exit code 0 after an orderly stop, 1 when it could not start or
   * Kafka could not go on.
   */
  public static void main(String[] args) throws InterruptedException {
    // JDK 17 takes the locale's encoding for its console, and most services have none.
    System.setOut(new PrintStream(new FileOutputStream(FileDescriptor.out), true, UTF_8));
    Progress progress = new Progress(System.out);
    CountDownLatch stopped = new CountDownLatch(1);
    try {
      StartSettings settings = StartSettings.from(System.getenv());
      Standalone pipeline = new Standalone(settings, progress);
      // Before the start: a signal may come in the middle of it.
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(
                  () -> {
                    if (!progress.hasFailed()) {
                      progress.say("Stopping …");
                    }
                    pipeline.close();
                    if (!progress.hasFailed()) {
                      progress.say("Stopped. Everything is kept in " + settings.dataDirectory());
                    }
                    stopped.countDown();
                  },
                  "stop"));
      EmbeddedKafka.whenItCannotGoOn(() -> stopForKafka(settings, progress));
      Ready ready = pipeline.start();
      new Greeting(settings, ready.endpoints(), ready.firstAnswers()).print(System.out);
      stopped.await();
    } catch (CannotStart e) {
      log.debug("Could not start", e);
      progress.fail(String.valueOf(e.getMessage()));
      // Kafka's and the native library's threads would keep the JVM otherwise; the hook stops
      // what had started.
      System.exit(1);
    }
  }
}
