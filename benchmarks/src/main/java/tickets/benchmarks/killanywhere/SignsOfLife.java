package tickets.benchmarks.killanywhere;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import tickets.benchmarks.Progress;
import tickets.benchmarks.processes.Servers;
import tickets.contract.CacheKeys;
import tickets.contract.EventJson;
import tickets.contract.ScoredTicket;
import tickets.contract.Topics;

/**
 * Tells since when the whole path works again, each of its stations by a ticket that set out after
 * a given moment. The load itself is the probe, so the answer is as fine as its tickets are dense.
 */
final class SignsOfLife implements AutoCloseable {

  /** The stations of the path, as seen from outside. */
  enum Sign {
    /** A record sent after the moment was acknowledged. */
    TAKEN_BY_KAFKA,
    /** An asynchronous call begun after the moment was accepted. */
    TAKEN_BY_HTTP,
    /** A synchronous call begun after the moment got its priority. */
    ANSWERED,
    /** In every partition, a ticket that the broker got after the moment has a committed result. */
    SCORED,
    /** Such results of every partition are in PostgreSQL. */
    IN_POSTGRES,
    /** Such results of every partition are in Redis. */
    IN_REDIS
  }

  private static final Duration LOOK_LIMIT = Duration.ofSeconds(2);
  private static final long LOOK_PAUSE_MILLIS = 100;

  private final Servers.Endpoints at;
  private final Map<Sign, AtomicLong> latest = new EnumMap<>(Sign.class);

  /** The newest result of each partition, and how many there were. */
  private final Map<Integer, ScoredTicket> newest = new ConcurrentHashMap<>();

  private final Set<Evidence.Position> decided = ConcurrentHashMap.newKeySet();
  private final Thread reader;
  private volatile boolean closed;

  SignsOfLife(Servers.Endpoints at) {
    this.at = at;
    for (Sign sign : Sign.values()) {
      latest.put(sign, new AtomicLong(Long.MIN_VALUE));
    }
    reader = new Thread(this::readOutcomes, "signs-outcomes");
    reader.setDaemon(true);
    reader.start();
  }

  /** Something that began at that moment got there. */
  void seen(Sign sign, Instant began) {
    AtomicLong known = latest.get(sign);
    if (known != null) {
      known.accumulateAndGet(began.toEpochMilli(), Math::max);
    }
  }

  /** Positions on either lane that have a committed outcome. */
  int decided() {
    return decided.size();
  }

  /**
   * Waits until every station has given a sign of a ticket that set out after {@code since}.
   *
   * @return when each did; one that is missing did not within the limit
   */
  Map<Sign, Instant> await(Instant since, Duration limit) throws InterruptedException {
    Map<Sign, Instant> given = new EnumMap<>(Sign.class);
    long deadline = System.nanoTime() + limit.toNanos();
    try (Row postgres = new Row()) {
      while (given.size() < Sign.values().length && System.nanoTime() < deadline && !closed) {
        for (Sign sign : Sign.values()) {
          if (!given.containsKey(sign) && isGiven(sign, since, given, postgres)) {
            given.put(sign, Instant.now());
          }
        }
        TimeUnit.MILLISECONDS.sleep(LOOK_PAUSE_MILLIS);
      }
    }
    return given;
  }

  private boolean isGiven(Sign sign, Instant since, Map<Sign, Instant> given, Row postgres) {
    return switch (sign) {
      case SCORED -> newestSince(since).size() == Topics.PARTITIONS;
      case IN_POSTGRES -> given.containsKey(Sign.SCORED) && postgres.hasAllPartitions(since);
      case IN_REDIS -> given.containsKey(Sign.SCORED) && redisHas(newestSince(since));
      default -> {
        AtomicLong known = latest.get(sign);
        yield known != null && known.get() >= since.toEpochMilli();
      }
    };
  }

  private List<ScoredTicket> newestSince(Instant since) {
    return newest.values().stream().filter(each -> !each.receivedAt().isBefore(since)).toList();
  }

  private void readOutcomes() {
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                at.kafka(),
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                "read_committed",
                ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                false,
                ConsumerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG,
                500),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          IntStream.range(0, Topics.PARTITIONS)
              .boxed()
              .flatMap(
                  number ->
                      List.of(Topics.PRIORITIES, Topics.REJECTIONS).stream()
                          .map(topic -> new TopicPartition(topic, number)))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      while (!closed) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
          note(record);
        }
      }
    } catch (RuntimeException e) {
      if (!closed) {
        Progress.line("Outcomes are no longer watched: %s", e);
      }
    }
  }

  private void note(ConsumerRecord<byte[], byte[]> record) {
    try {
      var outcome = EventJson.readOutcome(record.value());
      decided.add(
          new Evidence.Position(
              outcome.sourceTopic(), outcome.sourcePartition(), outcome.sourceOffset()));
      if (outcome instanceof ScoredTicket scored) {
        newest.merge(
            scored.sourcePartition(),
            scored.withoutText(),
            (before, now) -> now.isNewerThan(before) ? now : before);
      }
    } catch (IOException e) {
      // The reconciliation reads it too, and counts it.
    }
  }

  /** Plain Redis protocol: one question does not need a client. */
  private boolean redisHas(List<ScoredTicket> results) {
    String question =
        "EXISTS "
            + results.stream()
                .map(result -> CacheKeys.outcome(result.taskId()))
                .collect(Collectors.joining(" "))
            + "\r\n";
    try (Socket socket = new Socket()) {
      socket.connect(
          new InetSocketAddress("127.0.0.1", at.redisPort()), (int) LOOK_LIMIT.toMillis());
      socket.setSoTimeout((int) LOOK_LIMIT.toMillis());
      socket.getOutputStream().write(question.getBytes(StandardCharsets.US_ASCII));
      String answer =
          new BufferedReader(
                  new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))
              .readLine();
      return (":" + results.size()).equals(answer);
    } catch (IOException e) {
      return false;
    }
  }

  /** A connection that is opened again as often as it breaks. */
  private final class Row implements AutoCloseable {
    private @Nullable Connection connection;

    boolean hasAllPartitions(Instant since) {
      try {
        Connection open = connection;
        if (open == null) {
          open = connect(at, LOOK_LIMIT);
          connection = open;
        }
        try (PreparedStatement statement =
            open.prepareStatement(
                "select count(distinct source_partition) from prediction where received_at >= ?")) {
          statement.setTimestamp(1, Timestamp.from(since));
          try (ResultSet row = statement.executeQuery()) {
            return row.next() && row.getInt(1) == Topics.PARTITIONS;
          }
        }
      } catch (SQLException e) {
        close();
        return false;
      }
    }

    @Override
    public void close() {
      Optional.ofNullable(connection)
          .ifPresent(
              open -> {
                try {
                  open.close();
                } catch (SQLException e) {
                  // It is broken: that is why.
                }
              });
      connection = null;
    }
  }

  static Connection connect(Servers.Endpoints at, Duration limit) throws SQLException {
    Properties login = new Properties();
    login.put("user", at.postgresUser());
    login.put("password", at.postgresPassword());
    login.put("connectTimeout", Long.toString(limit.toSeconds()));
    login.put("socketTimeout", Long.toString(limit.toSeconds()));
    return DriverManager.getConnection(at.postgres(), login);
  }

  @Override
  public void close() throws InterruptedException {
    closed = true;
    reader.join(Duration.ofSeconds(5).toMillis());
  }
}
