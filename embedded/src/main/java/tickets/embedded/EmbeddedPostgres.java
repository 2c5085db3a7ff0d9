package tickets.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * PostgreSQL 18 as a child process on 127.0.0.1, with database "tickets" and two roles: "tickets",
 * who owns it and may do anything, and "tickets_service", who has no right but to connect, and is
 * given more by the owner. What it has committed survives a power cut: fsync, synchronous_commit
 * and full_page_writes are on, whatever a kept configuration file says.
 *
 * <p>The passwords are made at random for each data directory and kept in its files {@code
 * password} and {@code service-password}: on a machine shared with others, anyone can reach
 * 127.0.0.1, and the owner may run programs as the user that runs PostgreSQL.
 */
public final class EmbeddedPostgres implements AutoCloseable {
  private static final String NAME = "PostgreSQL";
  private static final String TICKETS = "tickets";
  private static final String SERVICE = "tickets_service";
  private static final long FREE_DISK_MIB = 512;

  /** Crash recovery replays at most max_wal_size, some seconds on a slow disk. */
  private static final Duration READY = Duration.ofSeconds(90);

  /**
   * Fast stop (ends the connections, writes a checkpoint), then immediate stop (recovers at the
   * next start).
   */
  private static final List<ServerProcess.Stop> STOPS =
      List.of(
          new ServerProcess.Stop("INT", Duration.ofSeconds(20)),
          new ServerProcess.Stop("QUIT", Duration.ofSeconds(5)));

  private final DataDirectory directory;
  private final ServerProcess process;
  private final int port;
  private final String password;
  private final String servicePassword;
  private final AtomicBoolean closed = new AtomicBoolean();

  private EmbeddedPostgres(
      DataDirectory directory,
      ServerProcess process,
      int port,
      String password,
      String servicePassword) {
    this.directory = directory;
    this.process = process;
    this.port = port;
    this.password = password;
    this.servicePassword = servicePassword;
  }

  /**
   * Returns when the database "tickets" takes connections. The first start in a directory takes
   * some seconds.
   *
   * @param port 0 for a free one
   * @throws EmbeddedFailure with one line that says what to do
   */
  public static EmbeddedPostgres start(Path dataDirectory, int port) {
    return start(dataDirectory, port, null);
  }

  /**
   * The same, encrypted.
   *
   * @param tls if given, nothing but TLS is spoken
   * @throws EmbeddedFailure with one line that says what to do
   */
  public static EmbeddedPostgres start(Path dataDirectory, int port, @Nullable ServerTls tls) {
    Binaries.requireSupportedMachine(NAME);
    DataDirectory directory = DataDirectory.open(NAME, dataDirectory, FREE_DISK_MIB);
    ServerProcess process = null;
    try {
      Path programs =
          Binaries.unpacked("postgres", "/postgres-linux-x86_64.txz", directory.path())
              .resolve("bin");
      UnprivilegedUser user = UnprivilegedUser.forPostgres();
      String password = password(directory.path(), "password");
      String servicePassword = password(directory.path(), "service-password");
      ServerProcess.stopOrphans(
          "PostgreSQL's initdb", commandLine -> isSetupOf(directory.path(), commandLine), STOPS);
      Path cluster =
          directory.whole(
              "cluster",
              half -> initialise(programs, user, half, directory.path().resolve("password")));
      ServerProcess.stopOrphans(NAME, commandLine -> isServerOf(cluster, commandLine), STOPS);
      forgetPidOfAnother(cluster);
      user.own(cluster);
      List<String> encryption = tls == null ? List.of() : encryption(tls, user, directory.path());
      for (int attempt = 1; ; attempt++) {
        int chosen = Ports.choose(NAME, Ports.LOOPBACK, port);
        process =
            ServerProcess.start(
                NAME,
                user.command(serverCommand(programs, cluster, chosen, encryption)),
                directory.path(),
                directory.path().resolve("postgres.log"),
                STOPS);
        try {
          long pid = process.pid();
          process.awaitReady(() -> saysReady(cluster, pid), READY);
          createDatabase(chosen, password, servicePassword);
          return new EmbeddedPostgres(directory, process, chosen, password, servicePassword);
        } catch (EmbeddedFailure e) {
          if (port != 0 || attempt == Ports.ATTEMPTS || !process.foundItsPortTaken()) {
            throw e;
          }
        }
      }
    } catch (IOException | UncheckedIOException e) {
      directory.close();
      throw new EmbeddedFailure(
          "PostgreSQL can't use "
              + directory.path()
              + ": "
              + EmbeddedFailure.reason(e)
              + ". Choose a directory that this user may write to.",
          e);
    } catch (RuntimeException e) {
      if (process != null) {
        process.stop();
      }
      directory.close();
      throw e;
    }
  }

  private static List<String> serverCommand(
      Path programs, Path cluster, int port, List<String> encryption) {
    List<String> command = new ArrayList<>();
    command.add(programs.resolve("postgres").toString());
    command.add("-D");
    command.add(cluster.toString());
    for (String setting :
        List.of(
            "listen_addresses=" + Ports.LOOPBACK,
            "port=" + port,
            // No socket file: its path may be no longer than 107 bytes, and a data directory's may.
            "unix_socket_directories=",
            "fsync=on",
            "synchronous_commit=on",
            "full_page_writes=on",
            // Each of three services holds a pool of about ten.
            "max_connections=60",
            "shared_buffers=64MB",
            "max_wal_size=512MB",
            "io_workers=1",
            "timezone=UTC",
            "log_timezone=UTC",
            // A failed statement would be logged with the ticket's text in it, in the statement or
            // the failing row.
            "log_min_error_statement=panic",
            "log_error_verbosity=terse")) {
      command.add("-c");
      command.add(setting);
    }
    for (String setting : encryption) {
      command.add("-c");
      command.add(setting);
    }
    return command;
  }

  /** PostgreSQL takes a key only if nobody but its own user can read it. */
  private static List<String> encryption(ServerTls tls, UnprivilegedUser user, Path directory)
      throws IOException {
    Path files = directory.resolve("tls");
    DataDirectory.deleteTree(files);
    Files.createDirectory(files);
    Path certificate = Files.copy(tls.certificate(), files.resolve("server.crt"));
    Path key = Files.copy(tls.privateKey(), files.resolve("server.key"));
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
    Path entrance = files.resolve("pg_hba.conf");
    Files.writeString(entrance, "hostssl all all 127.0.0.1/32 scram-sha-256\n");
    user.own(files);
    return List.of(
        "ssl=on", "ssl_cert_file=" + certificate, "ssl_key_file=" + key, "hba_file=" + entrance);
  }

  private static void initialise(
      Path programs, UnprivilegedUser user, Path cluster, Path passwordFile) throws IOException {
    user.own(cluster);
    Path output = passwordFile.resolveSibling("initdb.log");
    // The locale provider "builtin" sorts and folds case by Unicode, Russian too, the same on every
    // system.
    Process initdb =
        new ProcessBuilder(
                user.command(
                    List.of(
                        programs.resolve("initdb").toString(),
                        "--pgdata=" + cluster,
                        "--username=" + TICKETS,
                        "--pwfile=" + passwordFile,
                        "--auth=scram-sha-256",
                        "--encoding=UTF8",
                        "--locale=C",
                        "--locale-provider=builtin",
                        "--builtin-locale=C.UTF-8")))
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      if (!initdb.waitFor(120, TimeUnit.SECONDS)) {
        initdb.destroyForcibly();
        throw new EmbeddedFailure(
            "PostgreSQL's initdb did not end within 120 s. Its output is in " + output + ".");
      }
    } catch (InterruptedException e) {
      initdb.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new EmbeddedFailure("PostgreSQL's start was interrupted.", e);
    }
    if (initdb.exitValue() != 0) {
      List<String> said =
          Files.readAllLines(output).stream().filter(line -> !line.isBlank()).toList();
      String complaint =
          said.stream()
              .filter(line -> line.matches(".*(error|FATAL|could not|must not|cannot).*"))
              .findFirst()
              .orElse(
                  said.isEmpty() ? "exit code " + initdb.exitValue() : said.get(said.size() - 1));
      throw new EmbeddedFailure(
          "PostgreSQL can't set up " + cluster + ": " + complaint + ". More in " + output + ".");
    }
  }

  /** Written before the cluster is made with it, as a whole or not at all. */
  private static String password(Path directory, String name) throws IOException {
    Path file = directory.resolve(name);
    if (!Files.exists(file)) {
      byte[] random = new byte[16];
      new SecureRandom().nextBytes(random);
      Path half = directory.resolve(name + ".part");
      Files.deleteIfExists(half);
      Files.createFile(
          half, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(half, HexFormat.of().formatHex(random));
      Files.move(half, file, StandardCopyOption.ATOMIC_MOVE);
    }
    return Files.readString(file).strip();
  }

  static boolean isServerOf(Path cluster, List<String> commandLine) {
    // unshare and setpriv stand before the program for a moment, then the program replaces them.
    return commandLine.size() > 2
        && commandLine.get(0).endsWith("/postgres")
        && commandLine.get(1).equals("-D")
        && commandLine.get(2).equals(cluster.toString());
  }

  private static boolean isSetupOf(Path directory, List<String> commandLine) {
    return commandLine.size() > 1
        && commandLine.get(0).endsWith("/initdb")
        && commandLine.get(1).equals("--pgdata=" + directory.resolve("cluster.part"));
  }

  /**
   * PostgreSQL refuses to start when the pid in its file is anybody's. We hold the directory and
   * have stopped what ran on it, so a pid that lives belongs to another program that got the same
   * number (usual in containers).
   */
  private static void forgetPidOfAnother(Path cluster) throws IOException {
    Path file = cluster.resolve("postmaster.pid");
    if (Files.exists(file)) {
      String pid = Files.readAllLines(file).stream().findFirst().orElse("").strip();
      // A dead pid is left to PostgreSQL, which then also looks for backends that outlived their
      // postmaster.
      if (!pid.matches("[0-9]+") || Files.exists(Path.of("/proc", pid))) {
        Files.delete(file);
      }
    }
  }

  /** The server's own word for it, in its pid file: first line the pid, eighth line the state. */
  private static boolean saysReady(Path cluster, long pid) {
    try (Stream<String> lines = Files.lines(cluster.resolve("postmaster.pid"))) {
      List<String> file = lines.limit(8).toList();
      return file.size() == 8
          && file.get(0).equals(Long.toString(pid))
          && file.get(7).strip().equals("ready");
    } catch (IOException | UncheckedIOException e) {
      return false;
    }
  }

  /** What is missing of it: an earlier version may have made the directory. */
  private static void createDatabase(int port, String password, String servicePassword) {
    Properties login = new Properties();
    login.put("user", TICKETS);
    login.put("password", password);
    login.put("connectTimeout", "10");
    login.put("socketTimeout", "60");
    try (Connection connection = DriverManager.getConnection(jdbcUrl(port, "postgres"), login);
        Statement statement = connection.createStatement()) {
      if (!exists(statement, "pg_database where datname = '" + TICKETS + "'")) {
        statement.execute("create database " + TICKETS);
      }
      if (!exists(statement, "pg_roles where rolname = '" + SERVICE + "'")) {
        statement.execute("create role " + SERVICE + " login");
      }
      statement.execute("alter role " + SERVICE + " password '" + servicePassword + "'");
      // By default anybody may make temporary tables.
      statement.execute("revoke temporary on database " + TICKETS + " from public");
    } catch (SQLException e) {
      throw new EmbeddedFailure(
          "PostgreSQL runs but its database can't be reached: "
              + EmbeddedFailure.reason(e)
              + ". If the file password in its directory was changed, put the old one back.",
          e);
    }
  }

  private static boolean exists(Statement statement, String what) throws SQLException {
    try (ResultSet found = statement.executeQuery("select 1 from " + what)) {
      return found.next();
    }
  }

  private static String jdbcUrl(int port, String database) {
    return "jdbc:postgresql://" + Ports.LOOPBACK + ":" + port + "/" + database;
  }

  public int port() {
    return port;
  }

  /**
   * {@code postgresql://tickets:PASSWORD@127.0.0.1:PORT/tickets}, as psql takes it: it holds the
   * password.
   */
  public String libpqUrl() {
    return "postgresql://"
        + TICKETS
        + ":"
        + password
        + "@"
        + Ports.LOOPBACK
        + ":"
        + port
        + "/"
        + TICKETS;
  }

  /** Without user and password. */
  public String r2dbcUrl() {
    return "r2dbc:postgresql://" + Ports.LOOPBACK + ":" + port + "/" + TICKETS;
  }

  /** Without user and password. */
  public String jdbcUrl() {
    return jdbcUrl(port, TICKETS);
  }

  /** Who owns the database. */
  public String user() {
    return TICKETS;
  }

  /** Who may do there what the owner grants. */
  public String serviceUser() {
    return SERVICE;
  }

  public String servicePassword() {
    return servicePassword;
  }

  public String password() {
    return password;
  }

  public String database() {
    return TICKETS;
  }

  /**
   * Returns within 30 s with the process gone; the data directory is then as after a clean
   * shutdown.
   */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      process.stop();
      directory.close();
    }
  }
}
