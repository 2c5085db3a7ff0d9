package tickets.benchmarks.replaced;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tickets.benchmarks.processes.Servers;
import tickets.embedded.EmbeddedRedis;

/** FastAPI under uvicorn, a Celery worker and Redis: benchmarks/peers/replaced_service.py. */
final class ReplacedService implements AutoCloseable {

  private static final String HOST = "127.0.0.1";
  private static final Duration READY_LIMIT = Duration.ofMinutes(3);
  private static final Duration STOP_LIMIT = Duration.ofSeconds(12);

  /**
   * How it is deployed.
   *
   * @param webWorkers processes of uvicorn
   * @param queueWorkers processes of Celery
   * @param environment beside the addresses
   */
  record Deployment(
      String name, int webWorkers, int queueWorkers, Map<String, String> environment) {

    /** What the documentation of each part leads to. */
    static Deployment asItComes() {
      return new Deployment("as it comes", 1, 2, Map.of());
    }

    /** By whoever has noticed that the processes' threads fight over the cores. */
    static Deployment tuned(int cores) {
      return new Deployment("one thread a process", cores, cores, Map.of("OMP_NUM_THREADS", "1"));
    }
  }

  private final Path python;
  private final Path peers;
  private final Path model;
  private final Path work;
  private final Deployment deployment;
  private final List<Process> started = new ArrayList<>();
  private @Nullable EmbeddedRedis redis;
  private @Nullable ProcessHandle redisProcess;
  private boolean closed;
  private @Nullable URI http;

  /**
   * @param work where its logs and Redis' data go
   */
  ReplacedService(Path home, Path python, Path work, Deployment deployment) {
    this.python = python;
    peers = home.resolve("benchmarks/peers");
    model = home.resolve("models/ticket-priority-ru-en");
    this.work = work;
    this.deployment = deployment;
  }

  /** Returns when it answers calls; the Celery worker may take a while longer. */
  void start() throws IOException, InterruptedException {
    Files.createDirectories(work);
    String redisUrl = startRedis();
    int port = freePort();
    URI address = URI.create("http://" + HOST + ":" + port);
    Process web =
        launch(
            "uvicorn",
            redisUrl,
            List.of(
                "replaced_service:app",
                "--host",
                HOST,
                "--port",
                Integer.toString(port),
                "--workers",
                Integer.toString(deployment.webWorkers()),
                "--no-access-log",
                "--log-level",
                "warning"));
    launch(
        "celery",
        redisUrl,
        List.of(
            "-A",
            "replaced_service:celery",
            "worker",
            "-c",
            Integer.toString(deployment.queueWorkers()),
            "--loglevel",
            "WARNING"));
    http = address;
    awaitReady(web, address.resolve("/status"));
  }

  private synchronized String startRedis() throws IOException {
    Path directory = work.toRealPath().resolve("redis");
    EmbeddedRedis running = EmbeddedRedis.start(directory, 0);
    redis = running;
    redisProcess = Servers.childOn(directory);
    if (closed) {
      running.close();
    }
    return "redis://" + HOST + ":" + running.port() + "/0";
  }

  /** In a session of its own: Ctrl-C reaches only this JVM, which then ends the others. */
  private synchronized Process launch(String module, String redisUrl, List<String> arguments)
      throws IOException {
    if (closed) {
      throw new IOException("It is being ended");
    }
    List<String> command = new ArrayList<>(List.of("setsid", python.toString(), "-m", module));
    command.addAll(arguments);
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(peers.toFile())
            .redirectErrorStream(true)
            .redirectOutput(work.resolve(module + ".log").toFile());
    // Nothing of the caller's environment may become a setting.
    builder.environment().keySet().retainAll(Set.of("PATH", "HOME", "LANG", "TMPDIR"));
    builder
        .environment()
        .putAll(
            Map.of(
                "REDIS_URL",
                redisUrl,
                "MODEL_DIR",
                model.toString(),
                "PYTHONDONTWRITEBYTECODE",
                "1"));
    builder.environment().putAll(deployment.environment());
    Process process = builder.start();
    process.getOutputStream().close();
    started.add(process);
    return process;
  }

  private void awaitReady(Process web, URI status) throws IOException, InterruptedException {
    // Not asking for HTTP/2, which uvicorn has not and complains of.
    HttpClient client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(2))
            .build();
    HttpRequest request = HttpRequest.newBuilder(status).timeout(Duration.ofSeconds(5)).build();
    long deadline = System.nanoTime() + READY_LIMIT.toNanos();
    while (!answers(client, request)) {
      if (!web.isAlive() || System.nanoTime() > deadline) {
        throw new IOException("The replaced service did not get ready; its logs are in " + work);
      }
      TimeUnit.MILLISECONDS.sleep(250);
    }
  }

  private static boolean answers(HttpClient client, HttpRequest request)
      throws InterruptedException {
    try {
      return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException e) {
      return false;
    }
  }

  Deployment deployment() {
    return deployment;
  }

  URI http() {
    URI known = http;
    if (known == null) {
      throw new IllegalStateException("It was never started");
    }
    return known;
  }

  /** What it consists of now. */
  synchronized List<ProcessHandle> processes() {
    List<ProcessHandle> all = new ArrayList<>();
    for (Process process : started) {
      Stream.concat(Stream.of(process.toHandle()), process.descendants()).forEach(all::add);
    }
    if (redisProcess != null) {
      all.add(redisProcess);
    }
    return all;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(HOST))) {
      return socket.getLocalPort();
    }
  }

  /** In good order; what is left after its limit is killed. */
  @Override
  public synchronized void close() {
    closed = true;
    List<ProcessHandle> all = new ArrayList<>();
    for (Process process : started) {
      Stream.concat(Stream.of(process.toHandle()), process.descendants()).forEach(all::add);
      process.destroy();
    }
    long deadline = System.nanoTime() + STOP_LIMIT.toNanos();
    try {
      for (Process process : started) {
        process.waitFor(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    // Also those whose parent has gone.
    all.forEach(ProcessHandle::destroyForcibly);
    started.clear();
    if (redis != null) {
      redis.close();
      redis = null;
      redisProcess = null;
    }
  }
}
