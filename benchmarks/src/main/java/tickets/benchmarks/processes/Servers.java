package tickets.benchmarks.processes;

import java.io.BufferedReader;
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
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tickets.benchmarks.Progress;
import tickets.contract.EventJson;
import tickets.embedded.EmbeddedPostgres;
import tickets.embedded.EmbeddedRedis;

/**
 * The six processes of one run, each on a port of its own that it keeps when it is started again.
 * The services are the executable jars, told by environment alone where the stores are.
 */
public final class Servers implements AutoCloseable {

  private static final String HOST = "127.0.0.1";
  private static final Duration READY_LIMIT = Duration.ofSeconds(180);
  private static final Duration STOP_LIMIT = Duration.ofSeconds(12);

  /** Below the range from which the kernel takes clients' ports, which a dead server's could be. */
  private static final int LOWEST_PORT = 20_000;

  private static final int PORT_RANGE = 12_000;

  /** For a small machine: less memory. */
  private static final List<String> JVM =
      List.of(
          Path.of(System.getProperty("java.home"), "bin", "java").toString(),
          "-XX:+UseSerialGC",
          "-XX:+ExitOnOutOfMemoryError",
          // As in start, which says why.
          "-XX:Tier4InvocationThreshold=10000",
          "-XX:Tier4MinInvocationThreshold=1200",
          "-XX:Tier4CompileThreshold=30000",
          "-XX:Tier4BackEdgeThreshold=80000",
          "-Dfile.encoding=UTF-8");

  /** What {@code start} and the images set for PyTorch's memory; they say why. */
  public static final Map<String, String> AS_IN_THE_IMAGES =
      Map.of("MALLOC_ARENA_MAX", "2", "ONEDNN_PRIMITIVE_CACHE_CAPACITY", "2048");

  /** For what waits rather than computes. */
  public static final Executor OWN_THREAD =
      task -> {
        Thread thread = new Thread(task, "processes");
        thread.setDaemon(true);
        thread.start();
      };

  /**
   * How a run's processes are started.
   *
   * @param jvm further options of each JVM
   * @param settings environment variables of all services beside the stores' addresses
   * @param doors whether something stands before each store that can keep its clients at a distance
   * @param scorer the scorer's main class on this class path; absent: the executable jar
   */
  public record Setup(
      List<String> jvm, Map<String, String> settings, boolean doors, @Nullable Class<?> scorer) {

    /** A fast start rather than the last bit of speed. */
    public static Setup startingFast() {
      return new Setup(List.of("-Xmx512m", "-XX:TieredStopAtLevel=1"), Map.of(), false, null);
    }

    /**
     * As {@link #asDeployed}, but with all of each heap in memory from the start: what grows then
     * is not a heap that is filled for the first time.
     */
    public static Setup atFullSpeed() {
      return new Setup(
          List.of("-Xms512m", "-Xmx512m", "-XX:+AlwaysPreTouch"), Map.of(), false, null);
    }

    /** As in production: a heap takes memory only when it needs it. */
    public static Setup asDeployed() {
      return new Setup(List.of("-Xmx512m"), Map.of(), false, null);
    }

    public Setup with(String name, String value) {
      Map<String, String> more = new LinkedHashMap<>(settings);
      more.put(name, value);
      return new Setup(jvm, more, doors, scorer);
    }

    /** With these options of each JVM as well; they outdo the ones before. */
    public Setup withJvm(List<String> options) {
      List<String> more = new ArrayList<>(jvm);
      more.addAll(options);
      return new Setup(List.copyOf(more), settings, doors, scorer);
    }

    public Setup withDoors() {
      return new Setup(jvm, settings, true, scorer);
    }

    /** With this main class in place of the scorer's jar. */
    public Setup withScorer(Class<?> main) {
      return new Setup(jvm, settings, doors, main);
    }
  }

  /**
   * Where everything answers.
   *
   * @param postgres without user and password, for JDBC
   * @param libpq the same with user and password, as psql takes it
   */
  public record Endpoints(
      String http,
      String kafka,
      String postgres,
      String postgresUser,
      String postgresPassword,
      String libpq,
      int redisPort) {}

  private final Path home;
  private final Path work;
  private final Setup setup;
  private final Set<Integer> ports = new HashSet<>();
  private final Map<Role, Server> servers = new EnumMap<>(Role.class);
  private final List<Thread> keepers = new ArrayList<>();
  private final Map<Role, Forwarder> doors = new EnumMap<>(Role.class);
  private final Map<Role, Map<String, String>> environments = new EnumMap<>(Role.class);
  private final Map<String, String> addresses = new LinkedHashMap<>();
  private @Nullable Endpoints endpoints;
  private final List<Another> others = new CopyOnWriteArrayList<>();
  private final Map<Server, Integer> probes = new HashMap<>();
  private volatile boolean closing;

  /**
   * @param home the repository, built
   * @param work where data, logs and journals go
   */
  public Servers(Path home, Path work, Setup setup) throws IOException {
    this.home = home;
    this.setup = setup;
    // /proc shows real paths, and by them a process is recognised.
    this.work = work.toRealPath();
    Files.createDirectories(logs());
  }

  /** The executable jar of a service, or why there is none. */
  public static Path jar(Path home, String module) throws IOException {
    Path target = home.resolve(module).resolve("target");
    if (Files.isDirectory(target)) {
      try (Stream<Path> files = Files.list(target)) {
        Path jar =
            files.filter(file -> file.toString().endsWith("-exec.jar")).findFirst().orElse(null);
        if (jar != null) {
          return jar;
        }
      }
    }
    throw new IOException(
        "There is no " + module + "/target/*-exec.jar. Build first: mvn package -DskipTests");
  }

  public Server of(Role role) {
    Server server = servers.get(role);
    if (server == null) {
      throw new IllegalStateException(role + " was never started");
    }
    return server;
  }

  public Endpoints endpoints() {
    Endpoints known = endpoints;
    if (known == null) {
      throw new IllegalStateException("Nothing was started");
    }
    return known;
  }

  /** Where a service has its probes and meters; the first, if there are several. */
  public URI management(Role service) {
    return management(of(service));
  }

  /** Where a service has its probes and meters. */
  public URI management(Server service) {
    return URI.create("http://" + HOST + ":" + probeOf(service) + "/actuator/");
  }

  private int probeOf(Server service) {
    Integer port = probes.get(service);
    if (port == null) {
      throw new IllegalArgumentException(service.role().label() + " has no probes");
    }
    return port;
  }

  /** Starts the stores, then the services, and returns when all are ready. */
  public void start() throws IOException, InterruptedException {
    int kafkaPort = freePort();
    int httpPort = freePort();
    Postgres postgres = new Postgres(work.resolve("stores/postgres"), freePort());
    Redis redis = new Redis(work.resolve("stores/redis"), freePort());
    String kafka = HOST + ":" + doorOf(Role.BROKER, kafkaPort);
    int redisDoor = doorOf(Role.REDIS, redis.port);
    int postgresDoor = doorOf(Role.POSTGRES, postgres.port);
    startAll(
        new Server(Role.BROKER, broker(kafkaPort, doorOf(Role.BROKER, kafkaPort))),
        new Server(Role.POSTGRES, postgres),
        new Server(Role.REDIS, redis));

    addresses.put("KAFKA_BOOTSTRAP_SERVERS", kafka);
    addresses.put("REDIS_URL", "redis://" + HOST + ":" + redisDoor);
    postgres.tell(addresses, postgresDoor);
    addresses.putAll(setup.settings());
    Endpoints at = postgres.endpoints(address(httpPort), kafka, redis.port);
    endpoints = at;
    Files.writeString(
        work.resolve("endpoints.json"),
        EventJson.mapper()
            .writerWithDefaultPrettyPrinter()
            .writeValueAsString(
                Map.of(
                    "http", at.http(),
                    "kafka", at.kafka(),
                    "postgres", at.libpq(),
                    "redis", "redis://" + HOST + ":" + redis.port)));

    int scorerProbe = freePort();
    int sinkProbe = freePort();
    int ingestProbe = freePort();
    Map<Server, Integer> services = new LinkedHashMap<>();
    services.put(new Server(Role.SCORER, scorer("scorer", scorerProbe)), scorerProbe);
    services.put(new Server(Role.SINK, sink(sinkProbe)), sinkProbe);
    services.put(new Server(Role.INGEST, ingest(httpPort, ingestProbe)), ingestProbe);
    probes.putAll(services);
    startAll(services.keySet().toArray(Server[]::new));
    for (Server service : services.keySet()) {
      awaitReady(service);
    }
    servers.values().forEach(this::keepAlive);
  }

  /**
   * One more of a service.
   *
   * @param http its address if it is an ingest-api, else ""
   */
  public record Another(Server server, String http) {}

  /** Starts one more of a service beside the first and returns when it is ready. */
  public Another startAnother(Role role) throws IOException, InterruptedException {
    int probe = freePort();
    int httpPort = role == Role.INGEST ? freePort() : 0;
    long number = 2 + others.stream().filter(other -> other.server().role() == role).count();
    Server server =
        new Server(
            role,
            switch (role) {
              case INGEST -> ingest(httpPort, probe);
              case SCORER -> scorer("scorer-" + number, probe);
              case SINK -> sink(probe);
              default ->
                  throw new IllegalArgumentException("There can be only one " + role.label());
            });
    Another another = new Another(server, role == Role.INGEST ? address(httpPort) : "");
    others.add(another);
    probes.put(server, probe);
    if (closing) {
      throw new IllegalStateException("All of it is being ended");
    }
    server.start();
    awaitReady(server);
    keepAlive(server);
    return another;
  }

  /** Returns when a service says that it is ready. */
  public void awaitReady(Server service) throws IOException, InterruptedException {
    awaitReady(probeOf(service));
  }

  private static String address(int port) {
    return "http://" + HOST + ":" + port;
  }

  private Server.Program ingest(int httpPort, int probe) throws IOException {
    return service(
        Role.INGEST,
        "ingest-api",
        Map.of(
            "BIND", HOST,
            "PORT", Integer.toString(httpPort),
            "INGEST_MANAGEMENT_PORT", Integer.toString(probe)));
  }

  private Server.Program scorer(String stateDirectory, int probe) throws IOException {
    return service(
        Role.SCORER,
        "scorer-stream",
        Map.of(
            "SCORER_MANAGEMENT_PORT", Integer.toString(probe),
            "MODEL_PATH", home.resolve("models/ticket-priority-ru-en").toString(),
            "STATE_DIR", work.resolve("stores").resolve(stateDirectory).toString()));
  }

  private Server.Program sink(int probe) throws IOException {
    return service(
        Role.SINK, "results-sink", Map.of("SINK_MANAGEMENT_PORT", Integer.toString(probe)));
  }

  private void keepAlive(Server server) {
    Thread keeper = new Thread(() -> keep(server), "keeper-" + server.role().label());
    keeper.setDaemon(true);
    keeper.start();
    keepers.add(keeper);
  }

  /** The port by which the services reach a store. */
  private int doorOf(Role store, int port) throws IOException {
    if (!setup.doors()) {
      return port;
    }
    Forwarder door = doors.get(store);
    if (door == null) {
      door = new Forwarder(freePort(), port);
      doors.put(store, door);
    }
    return door.port();
  }

  /**
   * Puts the services at a distance from a store, each way; of what is sent from now on.
   *
   * @throws IllegalStateException if they were not started with doors
   */
  public void distance(Role store, Duration eachWay) {
    Forwarder door = doors.get(store);
    if (door == null) {
      throw new IllegalStateException("There is no door before " + store.label());
    }
    door.delay(eachWay);
  }

  /**
   * A setting of a service, the first of its kind, from its next start on.
   *
   * @param value null: as the service ships
   */
  public void set(Role service, String name, @Nullable String value) {
    Map<String, String> environment = environments.get(service);
    if (environment == null) {
      throw new IllegalStateException(service.label() + " was never started");
    }
    if (value == null) {
      environment.remove(name);
    } else {
      environment.put(name, value);
    }
  }

  /** At once: each takes some seconds of mostly waiting. */
  private void startAll(Server... all) {
    for (Server server : all) {
      servers.put(server.role(), server);
    }
    List<CompletableFuture<Void>> starts = new ArrayList<>();
    for (Server server : all) {
      starts.add(
          CompletableFuture.runAsync(
              () -> {
                try {
                  if (!closing) {
                    server.start();
                  }
                } catch (InterruptedException e) {
                  throw new CompletionException(e);
                }
              },
              OWN_THREAD));
    }
    starts.forEach(CompletableFuture::join);
  }

  private void keep(Server server) {
    try {
      while (!closing) {
        server.restartIfGone();
        TimeUnit.MILLISECONDS.sleep(250);
      }
    } catch (InterruptedException | RuntimeException e) {
      if (!closing) {
        Progress.line("%s is no longer watched: %s", server.role().label(), e.getMessage());
      }
    }
  }

  private void awaitReady(int port) throws IOException, InterruptedException {
    HttpClient client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
    HttpRequest probe =
        HttpRequest.newBuilder(
                URI.create("http://" + HOST + ":" + port + "/actuator/health/readiness"))
            .timeout(Duration.ofSeconds(5))
            .build();
    long deadline = System.nanoTime() + READY_LIMIT.toNanos();
    String last = "no answer";
    while (System.nanoTime() < deadline) {
      try {
        HttpResponse<String> answer = client.send(probe, HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() == 200) {
          return;
        }
        last = answer.body();
      } catch (IOException e) {
        last = e.toString();
      }
      TimeUnit.MILLISECONDS.sleep(250);
    }
    throw new IOException(
        "A service is not ready after "
            + READY_LIMIT.toSeconds()
            + " s (port "
            + port
            + "): "
            + last
            + ". Its log is in "
            + logs());
  }

  private Path logs() {
    return work.resolve("logs");
  }

  /** What the broker says, with each rebalance of a group. */
  public Path brokerLog() {
    return logs().resolve("broker.log");
  }

  private Server.Program broker(int port, int advertisedPort) {
    List<String> command = new ArrayList<>(JVM);
    command.addAll(setup.jvm());
    command.addAll(
        List.of(
            "-Dlogback.configurationFile=broker-logback.xml",
            "-cp",
            System.getProperty("java.class.path"),
            BrokerProcess.class.getName(),
            work.resolve("stores/kafka").toString(),
            Integer.toString(port),
            Integer.toString(advertisedPort)));
    return new Jvm(command, Map.of(), brokerLog(), BrokerProcess.READY);
  }

  private Server.Program service(Role role, String module, Map<String, String> own)
      throws IOException {
    List<String> command = new ArrayList<>(JVM);
    command.addAll(setup.jvm());
    Class<?> other = role == Role.SCORER ? setup.scorer() : null;
    command.addAll(
        other == null
            ? List.of("-jar", jar(home, module).toString())
            : List.of(
                "-Dlogging.config=classpath:broker-logback.xml",
                "-cp",
                System.getProperty("java.class.path"),
                other.getName()));
    Map<String, String> environment = new LinkedHashMap<>(addresses);
    environment.putAll(own);
    environments.putIfAbsent(role, environment);
    return new Jvm(command, environment, logs().resolve(module + ".log"), null);
  }

  /** A JVM in a session of its own: Ctrl-C reaches only this one, which then ends the others. */
  private static final class Jvm implements Server.Program {
    private final List<String> command;
    private final Map<String, String> environment;
    private final Path log;
    private final @Nullable String readyLine;

    Jvm(
        List<String> command,
        Map<String, String> environment,
        Path log,
        @Nullable String readyLine) {
      this.command = new ArrayList<>(List.of("setsid"));
      this.command.addAll(command);
      this.environment = environment;
      this.log = log;
      this.readyLine = readyLine;
    }

    @Override
    public ProcessHandle start() throws IOException {
      long before = Files.exists(log) ? Files.size(log) : 0;
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
      // Nothing of the caller's environment may become a setting.
      builder.environment().keySet().retainAll(Set.of("PATH", "HOME", "LANG", "TMPDIR"));
      builder.environment().putAll(AS_IN_THE_IMAGES);
      builder.environment().putAll(environment);
      Process process = builder.start();
      process.getOutputStream().close();
      if (readyLine != null) {
        awaitLine(process, before, readyLine);
      }
      return process.toHandle();
    }

    private void awaitLine(Process process, long from, String line) throws IOException {
      long deadline = System.nanoTime() + READY_LIMIT.toNanos();
      while (System.nanoTime() < deadline) {
        try (BufferedReader said = Files.newBufferedReader(log)) {
          said.skip(from);
          if (said.lines().anyMatch(line::equals)) {
            return;
          }
        }
        try {
          if (process.waitFor(100, TimeUnit.MILLISECONDS)) {
            throw new IOException("it ended with code " + process.exitValue() + ", see " + log);
          }
        } catch (InterruptedException e) {
          process.destroyForcibly();
          Thread.currentThread().interrupt();
          throw new IOException("interrupted", e);
        }
      }
      process.destroyForcibly();
      throw new IOException("it is not ready after " + READY_LIMIT.toSeconds() + " s, see " + log);
    }

    @Override
    public void stop(ProcessHandle process) {
      end(process);
    }
  }

  /** SIGTERM, and SIGKILL to one that does not obey in time. */
  private static void end(ProcessHandle process) {
    if (!Server.runs(process)) {
      return;
    }
    process.destroy();
    try {
      process.onExit().get(STOP_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (Exception e) {
      process.destroyForcibly();
    }
  }

  /** Our only child whose command line names that directory. */
  public static ProcessHandle childOn(Path directory) throws IOException {
    for (ProcessHandle child : ProcessHandle.current().children().toList()) {
      try {
        if (Files.readString(Path.of("/proc", Long.toString(child.pid()), "cmdline"))
            .contains(directory.toString())) {
          return child;
        }
      } catch (IOException e) {
        // Gone in between.
      }
    }
    throw new IOException("no process runs on " + directory);
  }

  private static final class Redis implements Server.Program {
    private final Path directory;
    private final int port;
    private @Nullable EmbeddedRedis running;

    Redis(Path directory, int port) {
      this.directory = directory;
      this.port = port;
    }

    @Override
    public ProcessHandle start() throws IOException {
      running = EmbeddedRedis.start(directory, port);
      return childOn(directory);
    }

    @Override
    public void stop(ProcessHandle process) {
      if (running != null) {
        running.close();
      }
    }
  }

  private static final class Postgres implements Server.Program {
    private final Path directory;
    private final int port;
    private @Nullable EmbeddedPostgres running;

    Postgres(Path directory, int port) {
      this.directory = directory;
      this.port = port;
    }

    @Override
    public ProcessHandle start() throws IOException {
      running = EmbeddedPostgres.start(directory, port);
      return childOn(directory.resolve("cluster"));
    }

    @Override
    public void stop(ProcessHandle process) {
      if (running != null) {
        running.close();
      }
    }

    private EmbeddedPostgres running() {
      EmbeddedPostgres known = running;
      if (known == null) {
        throw new IllegalStateException("PostgreSQL was never started");
      }
      return known;
    }

    void tell(Map<String, String> environment, int door) {
      String here = ":" + port + "/";
      String there = ":" + door + "/";
      environment.put("POSTGRES_URL", running().r2dbcUrl().replace(here, there));
      environment.put("POSTGRES_JDBC_URL", running().jdbcUrl().replace(here, there));
      environment.put("POSTGRES_USER", running().user());
      environment.put("POSTGRES_PASSWORD", running().password());
    }

    Endpoints endpoints(String http, String kafka, int redisPort) {
      return new Endpoints(
          http,
          kafka,
          running().jdbcUrl(),
          running().user(),
          running().password(),
          running().libpqUrl(),
          redisPort);
    }
  }

  private int freePort() {
    Random random = new Random();
    for (int attempt = 0; attempt < 1_000; attempt++) {
      int port = LOWEST_PORT + random.nextInt(PORT_RANGE);
      if (ports.contains(port)) {
        continue;
      }
      try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getByName(HOST))) {
        ports.add(socket.getLocalPort());
        return port;
      } catch (IOException e) {
        // Taken: another one.
      }
    }
    throw new IllegalStateException("No free port between 20000 and 32000");
  }

  /** How often each ended by itself, where it did. */
  public Map<String, Integer> ownExits() {
    Map<String, Integer> exits = new LinkedHashMap<>();
    servers.forEach(
        (role, server) -> {
          if (server.ownExits() > 0) {
            exits.put(role.label(), server.ownExits());
          }
        });
    return exits;
  }

  /** Leaves all six running without us, and notes in the file {@code pids.json} who they are. */
  public void leaveRunning() throws IOException {
    closing = true;
    List<Map<String, Object>> running = new ArrayList<>();
    for (Role role : Role.values()) {
      ProcessHandle process = of(role).process();
      if (process != null) {
        running.add(
            Map.of(
                "role", role.label(),
                "pid", process.pid(),
                "started", started(process)));
      }
    }
    Files.writeString(work.resolve("pids.json"), EventJson.mapper().writeValueAsString(running));
  }

  /**
   * Ends what {@link #leaveRunning} left: services first, and nothing that only took over a pid.
   */
  public static void stopLeft(Path work) throws IOException {
    var left = EventJson.mapper().readTree(Files.readString(work.resolve("pids.json")));
    left.forEach(
        each ->
            ProcessHandle.of(each.get("pid").longValue())
                .filter(process -> started(process).equals(each.get("started").stringValue()))
                .ifPresent(
                    process -> {
                      System.out.println("Stopping " + each.get("role").stringValue());
                      end(process);
                    }));
  }

  private static String started(ProcessHandle process) {
    return process.info().startInstant().map(Object::toString).orElse("");
  }

  /** Ends all six: services first, so that none is left to complain about a store. */
  @Override
  public void close() {
    closing = true;
    keepers.forEach(Thread::interrupt);
    others.forEach(other -> stopQuietly(other.server()));
    List<Role> services = List.of(Role.INGEST, Role.SCORER, Role.SINK);
    List<Role> stores = List.of(Role.BROKER, Role.POSTGRES, Role.REDIS);
    for (List<Role> together : List.of(services, stores)) {
      List<CompletableFuture<Void>> stops = new ArrayList<>();
      for (Role role : together) {
        Server server = servers.get(role);
        if (server != null) {
          stops.add(CompletableFuture.runAsync(() -> stopQuietly(server), OWN_THREAD));
        }
      }
      stops.forEach(CompletableFuture::join);
    }
    doors.values().forEach(Forwarder::close);
  }

  private static void stopQuietly(@Nullable Server server) {
    if (server == null) {
      return;
    }
    try {
      server.stop();
    } catch (IOException e) {
      Progress.line("%s did not stop: %s", server.role().label(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
