package tickets.benchmarks.killanywhere;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import tickets.benchmarks.processes.Servers;
import tickets.contract.EventJson;
import tickets.contract.InvalidTicket;
import tickets.contract.Lane;
import tickets.contract.Rejection;
import tickets.contract.ScoredTicket;
import tickets.contract.Sha256;
import tickets.contract.Ticket;
import tickets.contract.TicketId;
import tickets.contract.Topics;
import tools.jackson.databind.JsonNode;

/**
 * What topics, PostgreSQL and {@code GET /result} say after a run, as they say it.
 *
 * @param sources every record of {@code tickets}
 * @param outcomes every committed record of {@code ticket-priorities} and {@code ticket-rejections}
 * @param unreadable outcomes that are not one, as topic-partition@offset
 * @param tickets every row of table {@code ticket}
 * @param predictions every row of table {@code prediction}
 * @param results what GET /result said, by id: SUCCESS, FAILURE, PENDING, or the HTTP status
 */
record Evidence(
    List<Source> sources,
    List<Decision> outcomes,
    List<String> unreadable,
    List<Row> tickets,
    List<Row> predictions,
    Map<String, String> results) {

  private static final int TEXT_MAX_CHARS = 10_000;
  private static final Duration READ_LIMIT = Duration.ofMinutes(5);
  private static final int ASK_AT_ONCE = 8;
  private static final int ASK_TRIES = 60;

  /** The topics that tickets are on. */
  static final List<String> LANES = Arrays.stream(Lane.values()).map(Lane::topic).toList();

  /** Where a record stands on one of {@link #LANES}. */
  record Position(String topic, int partition, long offset) {}

  /**
   * A record of {@link #LANES}, read by the contract's rules.
   *
   * @param readable whether it is a ticket: then it must be scored, else rejected
   * @param sha256 of the text, or of the whole value if it is none; null without a value
   */
  record Source(Position position, String id, boolean readable, @Nullable String sha256) {}

  /** An outcome; {@code sha256} as in {@link Source}. */
  record Decision(
      boolean scored, String id, Position source, @Nullable String sha256, Instant decidedAt) {}

  /**
   * A row of either table.
   *
   * @param state of a ticket; SCORED for a prediction
   * @param source of the outcome, or of the ticket while it waits
   */
  record Row(String id, String state, @Nullable String sha256, Position source) {}

  /** The id of a record that brought none. */
  static String idOf(Position position) {
    return TicketId.ofPosition(position.topic(), position.partition(), position.offset());
  }

  /**
   * @param ids asked for by GET /result
   */
  static Evidence gather(Servers.Endpoints at, Collection<String> ids)
      throws SQLException, InterruptedException {
    List<Source> sources = new ArrayList<>();
    read(at, LANES, record -> sources.add(source(record)));
    List<Decision> outcomes = new ArrayList<>();
    List<String> unreadable = new ArrayList<>();
    read(
        at,
        List.of(Topics.PRIORITIES, Topics.REJECTIONS),
        record -> {
          try {
            outcomes.add(decision(record));
          } catch (IOException e) {
            unreadable.add(record.topic() + "-" + record.partition() + "@" + record.offset());
          }
        });
    List<Row> tickets;
    List<Row> predictions;
    try (Connection connection = SignsOfLife.connect(at, Duration.ofSeconds(30));
        Statement statement = connection.createStatement()) {
      tickets =
          rows(
              statement,
              "select task_id, state, text_sha256, source_topic, source_partition, source_offset"
                  + " from ticket");
      predictions =
          rows(
              statement,
              "select task_id, 'SCORED', text_sha256, source_topic, source_partition, source_offset"
                  + " from prediction");
    }
    return new Evidence(sources, outcomes, unreadable, tickets, predictions, ask(at, ids));
  }

  private static void read(
      Servers.Endpoints at, List<String> topics, Consumer<ConsumerRecord<byte[], byte[]>> each) {
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                at.kafka(),
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                "read_committed",
                ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                false),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          topics.stream()
              .flatMap(
                  topic ->
                      IntStream.range(0, Topics.PARTITIONS)
                          .mapToObj(number -> new TopicPartition(topic, number)))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      long deadline = System.nanoTime() + READ_LIMIT.toNanos();
      while (partitions.stream()
          .anyMatch(partition -> consumer.position(partition) < ends.getOrDefault(partition, 0L))) {
        if (System.nanoTime() > deadline) {
          throw new IllegalStateException("Topics " + topics + " can't be read to their end");
        }
        consumer.poll(Duration.ofMillis(200)).forEach(each);
      }
    }
  }

  private static Source source(ConsumerRecord<byte[], byte[]> record) {
    Position position = new Position(record.topic(), record.partition(), record.offset());
    try {
      Ticket ticket =
          Ticket.fromRecord(
              record.key(),
              record.value(),
              record.topic(),
              record.partition(),
              record.offset(),
              TEXT_MAX_CHARS);
      return new Source(position, ticket.taskId(), true, Sha256.hex(ticket.text()));
    } catch (InvalidTicket e) {
      return new Source(
          position,
          Ticket.idOfUnreadable(record.key(), record.topic(), record.partition(), record.offset()),
          false,
          record.value() == null ? null : Sha256.hex(record.value()));
    }
  }

  private static Decision decision(ConsumerRecord<byte[], byte[]> record) throws IOException {
    if (record.topic().equals(Topics.PRIORITIES)) {
      ScoredTicket scored = EventJson.readScored(record.value());
      return new Decision(
          true,
          scored.taskId(),
          new Position(scored.sourceTopic(), scored.sourcePartition(), scored.sourceOffset()),
          scored.textSha256(),
          scored.decidedAt());
    }
    Rejection rejection = EventJson.readRejection(record.value());
    return new Decision(
        false,
        rejection.taskId(),
        new Position(
            rejection.sourceTopic(), rejection.sourcePartition(), rejection.sourceOffset()),
        rejection.originalSha256(),
        rejection.decidedAt());
  }

  private static List<Row> rows(Statement statement, String query) throws SQLException {
    List<Row> rows = new ArrayList<>();
    try (ResultSet found = statement.executeQuery(query)) {
      while (found.next()) {
        rows.add(
            new Row(
                found.getString(1),
                found.getString(2),
                found.getString(3),
                new Position(found.getString(4), found.getInt(5), found.getLong(6))));
      }
    }
    return rows;
  }

  private static Map<String, String> ask(Servers.Endpoints at, Collection<String> ids)
      throws InterruptedException {
    Map<String, String> results = new ConcurrentHashMap<>();
    HttpClient http = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    ExecutorService askers = Executors.newFixedThreadPool(ASK_AT_ONCE);
    try {
      List<Future<?>> asked = new ArrayList<>();
      for (String id : ids) {
        asked.add(
            askers.submit(
                () -> {
                  results.put(id, ask(http, at, id));
                  return null;
                }));
      }
      for (Future<?> each : asked) {
        each.get();
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException("GET /result can't be asked: " + e.getCause(), e);
    } finally {
      askers.shutdownNow();
    }
    return results;
  }

  /** A store that can't be asked just now is asked again. */
  private static String ask(HttpClient http, Servers.Endpoints at, String id)
      throws InterruptedException {
    HttpRequest question =
        HttpRequest.newBuilder(URI.create(at.http() + "/result/" + id))
            .timeout(Duration.ofSeconds(10))
            .build();
    String last = "";
    for (int attempt = 0; attempt < ASK_TRIES; attempt++) {
      try {
        HttpResponse<String> answer = http.send(question, HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() == 200) {
          JsonNode status = EventJson.mapper().readTree(answer.body()).get("status");
          return status == null ? answer.body() : status.stringValue();
        }
        last = Integer.toString(answer.statusCode());
        if (answer.statusCode() != 503) {
          return last;
        }
      } catch (IOException e) {
        last = e.toString();
      }
      TimeUnit.MILLISECONDS.sleep(500);
    }
    return last;
  }
}
