package tickets.ingest;

import io.lettuce.core.RedisClient;
import io.lettuce.core.SetArgs;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.jspecify.annotations.Nullable;
import tickets.contract.CacheKeys;
import tickets.contract.Claim;
import tickets.contract.Correction;
import tickets.contract.EventJson;
import tickets.contract.Explanation;
import tickets.contract.ExplanationRequest;
import tickets.contract.InvalidTicket;
import tickets.contract.Lane;
import tickets.contract.Outcome;
import tickets.contract.Rejection;
import tickets.contract.ScoredTicket;
import tickets.contract.Sha256;
import tickets.contract.StageTimes;
import tickets.contract.Ticket;
import tickets.contract.TicketHeaders;
import tickets.contract.TicketId;
import tickets.contract.Topics;

/**
 * What scorer-stream and results-sink do to the stores, without a model: reads {@code tickets} in
 * the scorer's group and writes outcomes as the sink does.
 *
 * <p>A text that starts with "hold" is never decided, "reject" is rejected, "fault" fails in the
 * model; any other is scored. One that starts with "enigma" is never explained, with "mystery" it
 * can't be; of any other each word weighs 0.1.
 */
final class StandInPipeline implements AutoCloseable {

  static final ScoredTicket.Model MODEL =
      new ScoredTicket.Model("stand-in", "1", "d".repeat(64), names());

  private static Map<String, String> names() {
    Map<String, String> names = new LinkedHashMap<>();
    names.put("LABEL_0", "Обычный");
    names.put("LABEL_1", "high");
    return names;
  }

  /** The tables as results-sink makes them. */
  private static final String TABLES =
      """
      create table if not exists prediction (
        id bigserial primary key, task_id text unique not null, text_task text not null,
        task_priority text not null, priority_score double precision not null,
        date_add timestamp default now(),
        priority text, scores jsonb, model_name text, model_version text, model_digest text,
        truncated boolean, text_sha256 text, received_at timestamptz, scored_at timestamptz,
        source_topic text, source_partition integer, source_offset bigint, stages jsonb, decision jsonb,
        language text, confidence text, set_aside jsonb);
      create table if not exists ticket (
        task_id text primary key, state text not null, received_at timestamptz not null,
        decided_at timestamptz, text_sha256 text, code text, message text,
        source_topic text not null, source_partition integer not null,
        source_offset bigint not null);
      create table if not exists erasure (
        task_id text primary key, erased_at timestamptz not null);
      create table if not exists correction (
        task_id text not null, task_priority text not null, priority text not null,
        corrected_by text, client text, corrected_at timestamptz not null,
        model_task_priority text, model_priority text, model_name text, model_version text,
        model_digest text, source_topic text not null, source_partition integer not null,
        source_offset bigint not null,
        primary key (source_topic, source_partition, source_offset, corrected_at));
      """;

  private final Servers servers;
  private final RedisClient redisClient;
  private final List<ConsumerRecord<String, byte[]>> seen = new CopyOnWriteArrayList<>();
  private final List<Thread> readers = new ArrayList<>();
  private volatile boolean running = true;
  private volatile boolean paused;
  private @Nullable Connection postgres;
  private @Nullable StatefulRedisConnection<String, String> redis;
  volatile boolean writesRedis = true;

  /** As the sink does under TENANCY=by-key. */
  volatile boolean tenantsApart;

  volatile boolean announces = true;
  volatile boolean writesPostgres = true;

  StandInPipeline(Servers servers) {
    this.servers = servers;
    this.redisClient = RedisClient.create(servers.redis());
    for (Lane lane : Lane.values()) {
      readers.add(
          new Thread(
              () -> read(lane.topic(), lane.scorerGroup(), this::store),
              "stand-in-" + lane.topic()));
    }
    readers.add(
        new Thread(
            () -> read(Topics.CORRECTIONS, "stand-in-corrections", this::storeCorrection),
            "stand-in-corrections"));
    readers.add(
        new Thread(
            () -> read(Topics.EXPLANATION_REQUESTS, "stand-in-explanations", this::explain),
            "stand-in-explanations"));
  }

  static StandInPipeline start(Servers servers) throws SQLException {
    try (Connection connection = connect(servers);
        Statement statement = connection.createStatement()) {
      statement.execute(TABLES);
    }
    StandInPipeline pipeline = new StandInPipeline(servers);
    pipeline.readers.forEach(Thread::start);
    return pipeline;
  }

  /** Stops reading, as a scorer that is far behind, but stays in its group. */
  void pause(boolean pause) {
    paused = pause;
  }

  /** Everything that reached the topic with that key. */
  List<ConsumerRecord<String, byte[]>> recordsOf(String taskId) {
    return seen.stream().filter(record -> taskId.equals(record.key())).toList();
  }

  static Connection connect(Servers servers) throws SQLException {
    return DriverManager.getConnection(servers.jdbc(), servers.user(), servers.password());
  }

  /** Runs commands as the sink would. */
  RedisCommands<String, String> redis() {
    return redisClient.connect().sync();
  }

  private void read(String topic, String group, Consumer<ConsumerRecord<String, byte[]>> storing) {
    try (KafkaConsumer<String, byte[]> consumer =
        new KafkaConsumer<>(
            Map.of(
                "bootstrap.servers",
                servers.kafka(),
                "group.id",
                group,
                "auto.offset.reset",
                "earliest"),
            new StringDeserializer(),
            new ByteArrayDeserializer())) {
      consumer.subscribe(List.of(topic));
      while (running) {
        if (paused == consumer.paused().isEmpty()) {
          if (paused) {
            consumer.pause(consumer.assignment());
          } else {
            consumer.resume(consumer.paused());
          }
        }
        for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(50))) {
          seen.add(record);
          storing.accept(record);
        }
        consumer.commitAsync();
      }
    }
  }

  private synchronized void store(ConsumerRecord<String, byte[]> record) {
    Outcome outcome = decide(record);
    if (writesPostgres) {
      try {
        if (postgres == null) {
          postgres = connect(servers);
          try (Statement statement = postgres.createStatement()) {
            statement.execute("set synchronous_commit to off");
          }
        }
        storeInPostgres(postgres, record, outcome);
      } catch (SQLException e) {
        // The test has put it down.
        postgres = null;
      }
    }
    if (writesRedis && outcome != null) {
      try {
        if (redis == null) {
          redis = redisClient.connect();
        }
        storeInRedis(redis.sync(), record, outcome);
      } catch (RuntimeException e) {
        // As above; the client reconnects by itself.
      }
    }
  }

  private synchronized void storeCorrection(ConsumerRecord<String, byte[]> record) {
    Correction correction;
    try {
      correction =
          Correction.fromRecord(
              record.key().getBytes(StandardCharsets.UTF_8),
              record.value(),
              Instant.ofEpochMilli(record.timestamp()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (writesRedis) {
      try {
        redis()
            .set(
                CacheKeys.correction(correction.taskId()),
                EventJson.mapper().writeValueAsString(correction));
      } catch (RuntimeException e) {
        // The test has put it down.
      }
    }
    Correction.ModelSaid said = correction.modelSaid();
    try (Connection connection = connect(servers);
        PreparedStatement row =
            connection.prepareStatement(
                "insert into correction values (?,?,?,?,?,?,?,?,null,null,null,?,?,?)")) {
      row.setString(1, correction.taskId());
      row.setString(2, correction.taskPriority());
      row.setString(3, correction.priority());
      row.setString(4, correction.by());
      row.setString(5, correction.client());
      row.setTimestamp(6, Timestamp.from(correction.correctedAt()));
      row.setString(7, said == null ? null : said.taskPriority());
      row.setString(8, said == null ? null : said.priority());
      row.setString(9, record.topic());
      row.setInt(10, record.partition());
      row.setLong(11, record.offset());
      row.executeUpdate();
    } catch (SQLException e) {
      // As above.
    }
  }

  private void explain(ConsumerRecord<String, byte[]> record) {
    ExplanationRequest request;
    try {
      request = ExplanationRequest.read(record.value());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (request.text().startsWith("enigma")) {
      return;
    }
    List<Explanation.Word> words = new ArrayList<>();
    Matcher word = Pattern.compile("\\S+").matcher(request.text());
    while (word.find()) {
      words.add(
          new Explanation.Word(
              request.text().codePointCount(0, word.start()),
              request.text().codePointCount(0, word.end()),
              0.1));
    }
    Explanation explanation =
        request.text().startsWith("mystery")
            ? Explanation.failed(request, "The stand-in does not know.")
            : Explanation.of(
                request,
                new Explanation.Explained(
                    "LABEL_1",
                    "high",
                    0.75,
                    MODEL.withoutPriorities(),
                    false,
                    words,
                    new Explanation.Faithfulness(1, 0.25, 0.5, 8),
                    Instant.EPOCH));
    try {
      redis()
          .publish(
              TicketHeaders.replyChannel(record.headers()).orElseThrow(),
              EventJson.mapper().writeValueAsString(explanation));
    } catch (RuntimeException e) {
      // The test has put it down.
    }
  }

  private static @Nullable Outcome decide(ConsumerRecord<String, byte[]> record) {
    Ticket ticket;
    try {
      ticket =
          Ticket.fromRecord(
              record.key().getBytes(StandardCharsets.UTF_8),
              record.value(),
              record.topic(),
              record.partition(),
              record.offset(),
              10_000);
    } catch (InvalidTicket e) {
      return rejection(record, e.code(), e.reason());
    }
    if (ticket.text().startsWith("hold")) {
      return null;
    }
    if (ticket.text().startsWith("reject")) {
      return rejection(record, Rejection.Code.INVALID, "The stand-in does not like it.");
    }
    if (ticket.text().startsWith("fault")) {
      return rejection(record, Rejection.Code.MODEL_FAILED, "The model failed on this ticket.");
    }
    return new ScoredTicket(
            ticket.taskId(),
            "LABEL_1",
            0.75,
            "high",
            Map.of("LABEL_0", 0.25, "LABEL_1", 0.75),
            new ScoredTicket.Decision("costs", 0.5, 0.25, false),
            MODEL,
            false,
            false,
            Instant.ofEpochMilli(record.timestamp()),
            Instant.ofEpochMilli(record.timestamp() + 38),
            StageTimes.of(Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO),
            Sha256.hex(ticket.text()),
            record.topic(),
            record.partition(),
            record.offset(),
            ticket.text(),
            null)
        .read("unknown", ScoredTicket.LOW, List.of("html"));
  }

  private static Rejection rejection(
      ConsumerRecord<String, byte[]> record, Rejection.Code code, String message) {
    return Rejection.of(
        record.key(),
        code,
        message,
        Instant.ofEpochMilli(record.timestamp()),
        Instant.ofEpochMilli(record.timestamp() + 11),
        record.topic(),
        record.partition(),
        record.offset(),
        record.value());
  }

  private void storeInRedis(
      RedisCommands<String, String> redis, ConsumerRecord<String, byte[]> record, Outcome outcome) {
    byte[] json =
        EventJson.write(
            outcome instanceof ScoredTicket scored
                ? scored.withoutText()
                : ((Rejection) outcome).withoutOriginal());
    String text = new String(json, StandardCharsets.UTF_8);
    redis.set(CacheKeys.outcome(outcome.taskId()), text, SetArgs.Builder.px(60_000));
    if (outcome instanceof ScoredTicket scored) {
      redis.set(CacheKeys.CURRENT_MODEL, EventJson.mapper().writeValueAsString(MODEL));
      redis.set(
          CacheKeys.text(
              tenantsApart ? TicketId.tenantOf(scored.taskId()) : CacheKeys.DEFAULT_TENANT,
              MODEL.digest(),
              scored.textSha256()),
          text,
          SetArgs.Builder.nx().px(60_000));
      if (record.topic().equals(Lane.INTERACTIVE.topic())) {
        redis.set(
            CacheKeys.claim(scored.taskId()),
            Claim.accepted(
                    scored.textSha256(),
                    scored.receivedAt(),
                    scored.sourceTopic(),
                    scored.sourcePartition(),
                    scored.sourceOffset())
                .toJson(),
            SetArgs.Builder.nx().px(60_000));
      }
    }
    Optional<String> channel = TicketHeaders.replyChannel(record.headers());
    if (announces && channel.isPresent()) {
      redis.publish(channel.get(), text);
    }
  }

  private static void storeInPostgres(
      Connection connection, ConsumerRecord<String, byte[]> record, @Nullable Outcome outcome)
      throws SQLException {
    Rejection rejection = outcome instanceof Rejection rejected ? rejected : null;
    try (PreparedStatement ticket =
        connection.prepareStatement(
            "insert into ticket (task_id, state, received_at, decided_at, code, message,"
                + " source_topic, source_partition, source_offset) values (?,?,?,?,?,?,?,?,?) on"
                + " conflict (task_id) do update set state = excluded.state")) {
      ticket.setString(1, record.key());
      ticket.setString(2, outcome == null ? "PENDING" : rejection == null ? "SCORED" : "REJECTED");
      ticket.setTimestamp(3, new Timestamp(record.timestamp()));
      ticket.setTimestamp(4, outcome == null ? null : Timestamp.from(outcome.decidedAt()));
      ticket.setString(5, rejection == null ? null : rejection.code().name());
      ticket.setString(6, rejection == null ? null : rejection.message());
      ticket.setString(7, record.topic());
      ticket.setInt(8, record.partition());
      ticket.setLong(9, record.offset());
      ticket.executeUpdate();
    }
    if (!(outcome instanceof ScoredTicket scored)) {
      return;
    }
    try (PreparedStatement prediction =
        connection.prepareStatement(
            "insert into prediction (task_id, text_task, task_priority, priority_score, priority,"
                + " scores, model_name, model_version, model_digest, truncated, received_at,"
                + " scored_at, source_topic, source_partition, source_offset, decision, language,"
                + " confidence, set_aside) values"
                + " (?,?,?,?,?,?::jsonb,?,?,?,?,?,?,?,?,?,?::jsonb,?,?,?::jsonb) on conflict (task_id) do nothing")) {
      prediction.setString(1, scored.taskId());
      prediction.setString(2, String.valueOf(scored.text()));
      prediction.setString(3, scored.taskPriority());
      prediction.setDouble(4, scored.priorityScore());
      prediction.setString(5, scored.priority());
      prediction.setString(6, EventJson.mapper().writeValueAsString(scored.scores()));
      prediction.setString(7, scored.model().name());
      prediction.setString(8, scored.model().version());
      prediction.setString(9, scored.model().digest());
      prediction.setBoolean(10, scored.truncated());
      prediction.setTimestamp(11, Timestamp.from(scored.receivedAt()));
      prediction.setTimestamp(12, Timestamp.from(scored.scoredAt()));
      prediction.setString(13, scored.sourceTopic());
      prediction.setInt(14, scored.sourcePartition());
      prediction.setLong(15, scored.sourceOffset());
      prediction.setString(16, EventJson.mapper().writeValueAsString(scored.decision()));
      prediction.setString(17, scored.language());
      prediction.setString(18, scored.confidence());
      prediction.setString(19, EventJson.mapper().writeValueAsString(scored.setAside()));
      prediction.executeUpdate();
    }
  }

  @Override
  public void close() {
    running = false;
    try {
      for (Thread reader : readers) {
        reader.join(10_000);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    redisClient.shutdown();
  }
}
