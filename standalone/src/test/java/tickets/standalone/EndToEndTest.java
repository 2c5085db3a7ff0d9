package tickets.standalone;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import tickets.contract.CacheKeys;
import tickets.contract.EventJson;
import tickets.contract.Rejection;
import tickets.contract.ScoredTicket;
import tickets.contract.Topics;
import tools.jackson.databind.JsonNode;

/** The product as it is run, with the real model: over HTTP, over Kafka, and after a restart. */
@DisplayName("The whole pipeline")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class EndToEndTest {

  private static final Duration LIMIT = Duration.ofSeconds(60);

  @TempDir static Path work;
  private static Standalone pipeline;
  private static Standalone.Ready ready;
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @BeforeAll
  static void start() {
    startOnNewPorts();
  }

  private static void startOnNewPorts() {
    pipeline = new Standalone(settings(), new Progress(System.out));
    ready = pipeline.start();
  }

  @AfterAll
  static void stop() {
    pipeline.close();
  }

  @Test
  @Order(1)
  void isReadyOnlyAfterRealTicketsHaveGoneThrough() throws Exception {
    assertThat(ready.firstAnswers()).hasSize(2);
    assertThat(json(ready.firstAnswers().get(0).answer()).get("priority").stringValue())
        .isEqualTo("critical");
    assertThat(json(ready.firstAnswers().get(1).answer()).get("priority").stringValue())
        .isEqualTo("low");
    HttpResponse<String> status = get("/status");
    assertThat(status.statusCode()).as(status.body()).isEqualTo(200);
    JsonNode endpoints = json(Files.readString(work.resolve("data/endpoints.json")));
    assertThat(endpoints.get("http").stringValue()).isEqualTo(ready.endpoints().http());
    assertThat(endpoints.get("postgres").stringValue()).startsWith("postgresql://");
  }

  @Test
  @Order(2)
  void answersOverHttpAndKeepsTheTicketInEveryStore() throws Exception {
    HttpResponse<String> answer =
        post("/v1/bert_prediction", "{\"text\":\"Our production API returns 500 for everyone\"}");
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    JsonNode body = json(answer.body());
    String id = body.get("task_id").stringValue();
    assertThat(body.get("task_priority").stringValue()).isEqualTo("LABEL_3");
    assertThat(body.get("priority_score").doubleValue()).isBetween(0.5, 1.0);
    assertThat(body.get("model").get("digest").stringValue()).hasSize(64);

    await()
        .atMost(LIMIT)
        .untilAsserted(() -> assertThat(rows("select task_id from prediction")).contains(id));
    JsonNode result = json(get("/result/" + id).body());
    assertThat(result.get("status").stringValue()).isEqualTo("SUCCESS");
    assertThat(result.get("result").get("priority_score").doubleValue())
        .isEqualTo(body.get("priority_score").doubleValue());
    assertThat(result.get("error").isNull()).isTrue();
    assertThat(result.get("duration_seconds").doubleValue()).isBetween(0.0, 10.0);
    HttpResponse<String> otherText =
        post("/v1/bert_prediction", "{\"task_id\":\"" + id + "\",\"text\":\"Thank you\"}");
    assertThat(otherText.statusCode()).as("the id is taken: " + otherText.body()).isEqualTo(422);
  }

  @Test
  @Order(3)
  void scoresEveryEventAndRejectsEveryOneThatIsNoTicket() throws Exception {
    Map<String, Boolean> sent = new HashMap<>();
    List<Future<?>> acks = new ArrayList<>();
    try (var producer = producer()) {
      for (int i = 0; i < 200; i++) {
        String id = "desk-" + UUID.randomUUID();
        boolean garbage = i % 10 == 9;
        String value =
            garbage
                ? List.of("nonsense", "[]", "{\"text\":\"\"}", "{\"text\":7}", "{").get(i / 10 % 5)
                : "{\"text\":\"Ticket %d: the screen on desk %d flickers\",\"x\":{}}"
                    .formatted(i, i);
        acks.add(
            producer.send(
                new ProducerRecord<>(Topics.TICKETS, id.getBytes(UTF_8), value.getBytes(UTF_8))));
        sent.put(id, garbage);
      }
      for (Future<?> ack : acks) {
        ack.get();
      }
    }
    Set<String> valid = idsWhere(sent, false);
    Set<String> garbage = idsWhere(sent, true);

    List<String> scored = keysOf(Topics.PRIORITIES, sent.keySet(), valid.size());
    List<String> rejected = keysOf(Topics.REJECTIONS, sent.keySet(), garbage.size());
    assertThat(scored).containsExactlyInAnyOrderElementsOf(valid);
    assertThat(rejected).containsExactlyInAnyOrderElementsOf(garbage);

    await()
        .atMost(LIMIT)
        .untilAsserted(
            () -> {
              assertThat(rows("select task_id from prediction where task_id like 'desk-%'"))
                  .containsExactlyInAnyOrderElementsOf(valid);
              assertThat(rows("select task_id from ticket where state = 'REJECTED'"))
                  .containsExactlyInAnyOrderElementsOf(garbage);
            });
    assertCached(sent);
    for (String id : List.of(valid.iterator().next(), garbage.iterator().next())) {
      JsonNode result = json(get("/result/" + id).body());
      assertThat(result.get("status").stringValue())
          .isEqualTo(sent.get(id) ? "FAILURE" : "SUCCESS");
    }
  }

  @Test
  @Order(4)
  void answersACallerBeforeTheBacklogThatWasThereFirst() throws Exception {
    int backlog = 2_000;
    try (var producer = producer()) {
      for (int i = 0; i < backlog; i++) {
        producer.send(
            new ProducerRecord<>(
                Topics.TICKETS,
                ("import-" + i).getBytes(UTF_8),
                "{\"text\":\"Imported ticket %d: the lamp on floor %d hums\"}"
                    .formatted(i, i)
                    .getBytes(UTF_8)));
      }
    }
    HttpResponse<String> answer =
        post("/v1/bert_prediction", "{\"text\":\"All tills are down, nobody can pay\"}");
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    String id = json(answer.body()).get("task_id").stringValue();

    String imported = "select task_id from prediction where task_id like 'import-%'";
    await().atMost(LIMIT).untilAsserted(() -> assertThat(rows(imported)).hasSize(backlog));
    assertThat(
            rows(
                imported
                    + " and scored_at > (select scored_at from prediction where task_id = '"
                    + id
                    + "')"))
        .as("scored after the caller's ticket")
        .isNotEmpty();
    assertThat(rows("select source_topic from prediction where task_id = '" + id + "'"))
        .containsExactly(Topics.INTERACTIVE);
  }

  @Test
  @Order(5)
  void aPersonsDecisionOutlivesTheNextScore() throws Exception {
    String ticket = "{\"task_id\":\"desk-corrected\",\"text\":\"The lamp on floor 3 hums\"}";
    HttpResponse<String> answer = post("/v1/bert_prediction", ticket);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    String label = json(answer.body()).get("task_priority").stringValue();
    await()
        .atMost(LIMIT)
        .until(
            () ->
                json(get("/status").body()).at("/scorer/model/priorities").propertyNames().size()
                    == 4);

    HttpResponse<String> corrected =
        post(
            "/v1/tickets/desk-corrected/correction",
            "{\"task_priority\":\"Critical\",\"by\":\"Anna\"}");
    assertThat(corrected.statusCode()).as(corrected.body()).isEqualTo(202);
    HttpResponse<String> refused =
        post("/v1/tickets/desk-corrected/correction", "{\"task_priority\":\"urgent\"}");
    assertThat(refused.statusCode()).isEqualTo(400);
    assertThat(json(refused.body()).get("allowed").get("LABEL_3").stringValue())
        .isEqualTo("critical");

    try (var producer = producer()) {
      producer
          .send(
              new ProducerRecord<>(
                  Topics.TICKETS,
                  "desk-corrected".getBytes(UTF_8),
                  "{\"text\":\"The lamp on floor 3 still hums\"}".getBytes(UTF_8)))
          .get();
    }
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () ->
                assertThat(
                        rows(
                            "select text_task || ', ' || model_task_priority || ', ' || priority"
                                + " from corrected_prediction where task_id = 'desk-corrected'"))
                    .singleElement()
                    .asString()
                    .startsWith("The lamp on floor 3 still hums, ")
                    .endsWith(", critical"));
    JsonNode result = json(get("/result/desk-corrected").body());
    assertThat(result.at("/correction/task_priority").stringValue()).isEqualTo("LABEL_3");
    assertThat(result.at("/correction/by").stringValue()).isEqualTo("Anna");
    assertThat(result.at("/result/model/digest").stringValue()).hasSize(64);
    JsonNode quality = json(get("/v1/quality").body());
    assertThat(quality.get("n").intValue()).isEqualTo(1);
    assertThat(quality.get("agreed").intValue()).isEqualTo(label.equals("LABEL_3") ? 1 : 0);
    assertThat(quality.get("confusion").get(0).get("people").stringValue()).isEqualTo("LABEL_3");
  }

  @Test
  @Order(6)
  void saysWhyATicketHasItsPriority() throws Exception {
    String text = "База данных недоступна 🙈 встал весь склад";
    HttpResponse<String> answer =
        post("/v1/bert_prediction?explain=true", "{\"text\":\"" + text + "\"}");
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    JsonNode scored = json(answer.body());
    JsonNode why = scored.get("explanation");
    assertThat(why).as(answer.body()).isNotNull();
    assertThat(why.get("task_priority")).isEqualTo(scored.get("task_priority"));

    HttpResponse<String> later =
        get("/result/" + scored.get("task_id").stringValue() + "/explanation");
    assertThat(later.statusCode()).as(later.body()).isEqualTo(200);
    JsonNode again = json(later.body());
    assertThat(again.get("words")).isEqualTo(why.get("words"));
    assertThat(again.get("words").size()).isEqualTo(7);
    assertThat(again.get("model").get("digest")).isEqualTo(scored.get("model").get("digest"));
    int[] points = text.codePoints().toArray();
    for (JsonNode word : again.get("words")) {
      int start = word.get("start").intValue();
      assertThat(new String(points, start, word.get("end").intValue() - start))
          .isEqualTo(word.get("word").stringValue());
    }
    JsonNode faithfulness = again.get("faithfulness");
    assertThat(faithfulness.get("without_top").doubleValue())
        .isLessThan(faithfulness.get("score").doubleValue());
  }

  @Test
  @Order(7)
  void keepsEverythingAcrossARestartOnOtherPorts() throws Exception {
    HttpResponse<String> answer =
        post("/v1/bert_prediction", "{\"text\":\"The cafeteria card reader beeps twice\"}");
    String id = json(answer.body()).get("task_id").stringValue();
    pipeline.close();
    assertThat(work.resolve("data/endpoints.json")).doesNotExist();
    startOnNewPorts();

    HttpResponse<String> result = get("/result/" + id);
    assertThat(result.statusCode()).as(result.body()).isEqualTo(200);
    assertThat(json(result.body()).get("status").stringValue()).isEqualTo("SUCCESS");
    assertThat(rows("select task_id from prediction")).contains(id).doesNotHaveDuplicates();
  }

  private static void assertCached(Map<String, Boolean> sent) {
    RedisClient client = RedisClient.create(ready.endpoints().redis());
    try (StatefulRedisConnection<String, String> redis = client.connect()) {
      await()
          .atMost(LIMIT)
          .untilAsserted(
              () -> {
                for (Map.Entry<String, Boolean> ticket : sent.entrySet()) {
                  String value = redis.sync().get(CacheKeys.outcome(ticket.getKey()));
                  assertThat(value).as(ticket.getKey()).isNotNull();
                  assertThat(EventJson.readOutcome(value.getBytes(UTF_8)))
                      .isInstanceOf(ticket.getValue() ? Rejection.class : ScoredTicket.class);
                }
              });
    } finally {
      client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
    }
  }

  private static StartSettings settings() {
    Path repository = Path.of("..").toAbsolutePath().normalize();
    return new StartSettings(
        "127.0.0.1",
        FreePorts.one(),
        FreePorts.one(),
        work.resolve("data"),
        repository.resolve("models/ticket-priority-ru-en"));
  }

  private static Set<String> idsWhere(Map<String, Boolean> sent, boolean garbage) {
    Set<String> ids = new HashSet<>();
    sent.forEach(
        (id, isGarbage) -> {
          if (isGarbage == garbage) {
            ids.add(id);
          }
        });
    return ids;
  }

  /** The keys on a topic that are among {@code ids}, read until as many as expected have come. */
  private static List<String> keysOf(String topic, Set<String> ids, int expected) {
    List<String> keys = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, ready.endpoints().kafka(),
                ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed",
                ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream()
              .map(p -> new TopicPartition(topic, p.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      await()
          .atMost(LIMIT)
          .until(
              () -> {
                for (ConsumerRecord<byte[], byte[]> r : consumer.poll(Duration.ofMillis(200))) {
                  String key = new String(r.key(), UTF_8);
                  if (ids.contains(key)) {
                    keys.add(key);
                  }
                }
                return keys.size() >= expected;
              });
      // One more look: a duplicate would come now.
      for (ConsumerRecord<byte[], byte[]> r : consumer.poll(Duration.ofSeconds(1))) {
        String key = new String(r.key(), UTF_8);
        if (ids.contains(key)) {
          keys.add(key);
        }
      }
    }
    return keys;
  }

  private static KafkaProducer<byte[], byte[]> producer() {
    return new KafkaProducer<>(
        Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, ready.endpoints().kafka()),
        new ByteArraySerializer(),
        new ByteArraySerializer());
  }

  private static List<String> rows(String sql) throws SQLException {
    URI libpq = URI.create(ready.endpoints().postgres());
    String[] user = libpq.getUserInfo().split(":", 2);
    List<String> rows = new ArrayList<>();
    try (Connection connection =
            DriverManager.getConnection(
                "jdbc:postgresql://" + libpq.getHost() + ":" + libpq.getPort() + libpq.getPath(),
                user[0],
                user.length > 1 ? user[1] : "");
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      while (result.next()) {
        rows.add(result.getString(1));
      }
    }
    return rows;
  }

  private static HttpResponse<String> get(String path) throws Exception {
    return HTTP.send(
        HttpRequest.newBuilder(URI.create(ready.endpoints().http() + path)).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private static HttpResponse<String> post(String path, String body) throws Exception {
    return HTTP.send(
        HttpRequest.newBuilder(URI.create(ready.endpoints().http() + path))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private static JsonNode json(String text) {
    return EventJson.mapper().readTree(text);
  }
}
