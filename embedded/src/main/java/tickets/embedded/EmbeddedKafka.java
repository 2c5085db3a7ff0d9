package tickets.embedded;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.BindException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.tools.StorageTool;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Exit;
import org.apache.kafka.common.utils.Time;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Kafka in this JVM: one node that is broker and controller. Topics, offsets and transactions stay
 * in the data directory; addresses and ports are settings of each start and are not stored, so the
 * directory may be used on another port the next time.
 *
 * <p>Topics are not created automatically. How long records are kept is the topics' own setting.
 * Committed offsets are kept for 30 days.
 *
 * <p>Kafka's threads are not daemons: a JVM that does not close this does not end.
 */
public final class EmbeddedKafka implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(EmbeddedKafka.class);
  private static final String NAME = "Kafka";
  private static final String SCRAM = "SCRAM-SHA-512";
  private static final long FREE_DISK_MIB = 512;
  private static final Duration STOP_LIMIT = Duration.ofSeconds(30);

  private final DataDirectory directory;
  private final KafkaRaftServer server;
  private final String host;
  private final int port;
  private final AtomicBoolean closed = new AtomicBoolean();

  private EmbeddedKafka(DataDirectory directory, KafkaRaftServer server, String host, int port) {
    this.directory = directory;
    this.server = server;
    this.host = host;
    this.port = port;
  }

  /**
   * Returns when clients can use it.
   *
   * @param bindAddress where clients connect; for a wildcard such as 0.0.0.0 this machine's own
   *     address is advertised, so that clients elsewhere can come back after their first question
   * @param port 0 for a free one
   * @throws EmbeddedFailure with one line that says what to do
   */
  public static EmbeddedKafka start(Path dataDirectory, String bindAddress, int port) {
    return start(dataDirectory, bindAddress, port, 0, null);
  }

  /**
   * The same with something before it that clients are to go through.
   *
   * @param advertisedPort the port that clients are told; 0 for its own
   */
  public static EmbeddedKafka startBehind(
      Path dataDirectory, String bindAddress, int port, int advertisedPort) {
    return start(dataDirectory, bindAddress, port, advertisedPort, null);
  }

  /**
   * Clients come in by SASL_SSL with SCRAM-SHA-512 and a certificate of their own, and may do what
   * an ACL allows them. The super user may do anything, and makes the others.
   *
   * @param tls the broker's; clients' certificates must be of the same authority
   * @param superUser made at the first start in a directory
   */
  public record Guard(ServerTls tls, String superUser, String superPassword) {

    /** Without the password. */
    @Override
    public String toString() {
      return "Guard[" + superUser + "]";
    }
  }

  /**
   * The same, guarded.
   *
   * @throws EmbeddedFailure with one line that says what to do
   */
  public static EmbeddedKafka start(Path dataDirectory, String bindAddress, int port, Guard guard) {
    return start(dataDirectory, bindAddress, port, 0, guard);
  }

  /**
   * @param guard null: PLAINTEXT, and everybody may do anything
   */
  private static EmbeddedKafka start(
      Path dataDirectory, String bindAddress, int port, int advertisedPort, @Nullable Guard guard) {
    DataDirectory directory = DataDirectory.open(NAME, dataDirectory, FREE_DISK_MIB);
    try {
      for (int attempt = 1; ; attempt++) {
        int chosen = Ports.choose(NAME, bindAddress, port);
        int controllerPort = Ports.freeBeside(chosen, Ports.LOOPBACK);
        Properties settings =
            settings(
                bindAddress, chosen, advertisedPort == 0 ? chosen : advertisedPort, controllerPort);
        if (guard != null) {
          settings.putAll(guarded(guard));
        }
        Path logs = directory.whole("log", half -> format(settings, guard, half));
        settings.setProperty("log.dirs", logs.toString());
        KafkaRaftServer server = null;
        try {
          server = new KafkaRaftServer(KafkaConfig.fromProps(settings), Time.SYSTEM);
          server.startup();
          return new EmbeddedKafka(
              directory, server, isWildcard(bindAddress) ? Ports.LOOPBACK : bindAddress, chosen);
        } catch (Exception e) {
          if (server != null) {
            stop(server);
          }
          if (attempt == Ports.ATTEMPTS || !failedToBind(e)) {
            throw new EmbeddedFailure(
                "Kafka did not start on "
                    + directory.path()
                    + ": "
                    + EmbeddedFailure.reason(e)
                    + ". If its files are damaged, move that directory away and start again.",
                e);
          }
        }
      }
    } catch (UncheckedIOException e) {
      directory.close();
      throw new EmbeddedFailure(
          "Kafka can't write to "
              + directory.path()
              + ": "
              + EmbeddedFailure.reason(e)
              + ". Choose a directory that this user may write to.",
          e);
    } catch (RuntimeException e) {
      directory.close();
      throw e;
    }
  }

  /**
   * What is done instead when Kafka would end this JVM at once, as it does when it can't write its
   * log any more: its disk is full, or broken.
   *
   * @param then may end the JVM in good order; what is accepted by then is kept
   */
  public static void whenItCannotGoOn(Runnable then) {
    Exit.Procedure instead =
        (status, message) -> {
          log.error("Kafka can't go on: {}", message == null ? "see the lines above" : message);
          then.run();
          throw new IllegalStateException("Kafka can't go on");
        };
    Exit.setHaltProcedure(instead);
    Exit.setExitProcedure(instead);
  }

  private static Properties settings(
      String bindAddress, int port, int advertisedPort, int controllerPort) {
    Properties settings = new Properties();
    settings.putAll(
        Map.of(
            "process.roles", "broker,controller",
            "node.id", "1",
            "controller.listener.names", "CONTROLLER",
            "controller.quorum.voters", "1@" + Ports.LOOPBACK + ":" + controllerPort,
            "listener.security.protocol.map", "CLIENTS:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name", "CLIENTS",
            "listeners",
                "CLIENTS://"
                    + url(bindAddress, port)
                    + ",CONTROLLER://"
                    + url(Ports.LOOPBACK, controllerPort),
            "advertised.listeners", "CLIENTS://" + url(advertised(bindAddress), advertisedPort)));
    settings.putAll(
        Map.of(
            "auto.create.topics.enable", "false",
            "default.replication.factor", "1",
            "offsets.topic.replication.factor", "1",
            "transaction.state.log.replication.factor", "1",
            "transaction.state.log.min.isr", "1",
            "share.coordinator.state.topic.replication.factor", "1",
            "share.coordinator.state.topic.min.isr", "1"));
    settings.putAll(
        Map.of(
            // Every partition costs open files and start time; the defaults (50) are for clusters.
            "offsets.topic.num.partitions", "4",
            "transaction.state.log.num.partitions", "4",
            "share.coordinator.state.topic.num.partitions", "1",
            // Consumers of one machine arrive together: nothing to wait for.
            "group.initial.rebalance.delay.ms", "0",
            "offsets.retention.minutes", Long.toString(TimeUnit.DAYS.toMinutes(30)),
            // After kill -9 the controller waits this long for the broker it remembers (9 s by
            // default) before it lets
            // the new one in. A pause of this length would send clients looking for a leader once.
            "broker.session.timeout.ms", "5000",
            "broker.heartbeat.interval.ms", "1000",
            // A start that hangs must fail instead; recovery of a big log after kill -9 takes some
            // seconds.
            "server.max.startup.time.ms", Long.toString(TimeUnit.MINUTES.toMillis(3))));
    settings.putAll(
        Map.of(
            // Threads and buffers for one machine; the cleaner's buffer alone is 128 MiB of heap by
            // default.
            "num.network.threads", "2",
            "num.io.threads", "4",
            "background.threads", "4",
            "group.coordinator.threads", "1",
            "share.coordinator.threads", "1",
            "log.cleaner.threads", "1",
            "log.cleaner.dedupe.buffer.size", Integer.toString(8 * 1024 * 1024)));
    return settings;
  }

  /** The broker speaks to itself and to its controller as it lets others speak to it. */
  private static Map<String, String> guarded(Guard guard) {
    try {
      String certificate = Files.readString(guard.tls().certificate());
      return Map.ofEntries(
          Map.entry("listener.security.protocol.map", "CLIENTS:SASL_SSL,CONTROLLER:SSL"),
          Map.entry("ssl.keystore.type", "PEM"),
          Map.entry("ssl.keystore.certificate.chain", certificate),
          Map.entry("ssl.keystore.key", Files.readString(guard.tls().privateKey())),
          Map.entry("ssl.truststore.type", "PEM"),
          Map.entry("ssl.truststore.certificates", Files.readString(guard.tls().ca())),
          Map.entry("listener.name.clients.ssl.client.auth", "required"),
          Map.entry("listener.name.controller.ssl.client.auth", "required"),
          Map.entry("sasl.enabled.mechanisms", SCRAM),
          Map.entry("sasl.mechanism.inter.broker.protocol", SCRAM),
          Map.entry(
              "listener.name.clients.scram-sha-512.sasl.jaas.config",
              "org.apache.kafka.common.security.scram.ScramLoginModule required username=\""
                  + guard.superUser()
                  + "\" password=\""
                  + guard.superPassword()
                  + "\";"),
          Map.entry(
              "authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer"),
          Map.entry(
              "super.users",
              "User:" + guard.superUser() + ";User:" + subject(guard.tls().certificate())));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** As whom the controller sees the broker. */
  private static String subject(Path certificate) throws IOException {
    try (InputStream pem = Files.newInputStream(certificate)) {
      X509Certificate read =
          (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(pem);
      return read.getSubjectX500Principal().getName();
    } catch (CertificateException e) {
      throw new IOException(certificate + " is no certificate: " + e.getMessage(), e);
    }
  }

  /** Done once per directory; the cluster's id stays in its meta.properties. */
  private static void format(Properties settings, @Nullable Guard guard, Path logs)
      throws IOException {
    Properties all = new Properties();
    all.putAll(settings);
    all.setProperty("log.dirs", logs.toString());
    Path file = logs.resolveSibling("format.properties");
    ByteArrayOutputStream output = new ByteArrayOutputStream();
    try {
      try (Writer writer = Files.newBufferedWriter(file)) {
        all.store(writer, null);
      }
      List<String> arguments =
          new ArrayList<>(
              List.of("format", "-t", Uuid.randomUuid().toString(), "-c", file.toString()));
      if (guard != null) {
        arguments.add("--add-scram");
        arguments.add(
            "%s=[name=%s,password=%s]".formatted(SCRAM, guard.superUser(), guard.superPassword()));
      }
      int exit =
          StorageTool.execute(
              arguments.toArray(String[]::new),
              new PrintStream(output, true, StandardCharsets.UTF_8));
      if (exit != 0) {
        throw new EmbeddedFailure(
            "Kafka can't set up " + logs + ": " + output.toString(StandardCharsets.UTF_8).strip());
      }
    } finally {
      Files.deleteIfExists(file);
    }
  }

  private static boolean failedToBind(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof BindException
          || String.valueOf(cause.getMessage()).contains("failed to bind")) {
        return true;
      }
    }
    return false;
  }

  private static boolean isWildcard(String address) {
    try {
      return InetAddress.getByName(address).isAnyLocalAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }

  private static String advertised(String bindAddress) {
    if (!isWildcard(bindAddress)) {
      return bindAddress;
    }
    try {
      return NetworkInterface.networkInterfaces()
          .flatMap(NetworkInterface::inetAddresses)
          .filter(address -> address instanceof Inet4Address && !address.isLoopbackAddress())
          .map(InetAddress::getHostAddress)
          .findFirst()
          .orElse(Ports.LOOPBACK);
    } catch (SocketException e) {
      return Ports.LOOPBACK;
    }
  }

  private static String url(String host, int port) {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }

  /** {@code HOST:PORT}; 127.0.0.1 where Kafka listens on every address. */
  public String bootstrapServers() {
    return url(host, port);
  }

  public int port() {
    return port;
  }

  /** Returns within 30 s; the log is then as after a clean shutdown and needs no recovery. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      stop(server);
      directory.close();
    }
  }

  private static void stop(KafkaRaftServer server) {
    Thread stopping =
        new Thread(
            () -> {
              server.shutdown();
              server.awaitShutdown();
            },
            "embedded-kafka-stop");
    stopping.setDaemon(true);
    stopping.start();
    try {
      stopping.join(STOP_LIMIT.toMillis());
      if (stopping.isAlive()) {
        log.warn(
            "Kafka did not stop within {} s; it will check its log at the next start",
            STOP_LIMIT.toSeconds());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
