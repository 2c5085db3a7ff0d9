package tickets.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import tickets.contract.CacheKeys;
import tickets.contract.Correction;
import tickets.contract.Erasure;
import tickets.contract.EventJson;
import tickets.contract.ScoredTicket;
import tickets.contract.Topics;
import tickets.ingest.Service.Answer;
import tools.jackson.databind.JsonNode;

/** The contract of the four calls while everything is well, wherever the servers come from. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@NullUnmarked // fields are set before the first test
abstract class HttpContract {

  private static final Duration LIMIT = Duration.ofSeconds(10);

  Servers servers;
  StandInPipeline pipeline;
  Service service;

  abstract Servers startServers();

  abstract void stopServers();

  @BeforeAll
  void start() throws SQLException {
    servers = startServers();
    pipeline = StandInPipeline.start(servers);
    // Longer than the default: the machine may be busy with other builds.
    service = Service.start(servers, "SYNC_TIMEOUT=30s");
    await().atMost(Duration.ofSeconds(60)).until(() -> service.get("/status").status() == 200);
    // The first call of a process loads half of it, and limits are tight.
    await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> service.score(text(unique("First")), "Idempotency-Key", newId()).status() == 200);
  }

  @AfterAll
  void stop() {
    if (service != null) {
      service.close();
    }
    if (pipeline != null) {
      pipeline.close();
    }
    stopServers();
  }

  @AfterEach
  void putPipelineRight() {
    pipeline.writesRedis = true;
    pipeline.announces = true;
    pipeline.writesPostgres = true;
  }

  private static String text(String text) {
    return EventJson.mapper().createObjectNode().put("text", text).toString();
  }

  /** No other test sends it. */
  private static String unique(String text) {
    return text + " " + UUID.randomUUID();
  }

  private static String newId() {
    return "T-" + UUID.randomUUID();
  }

  @Test
  void synchronousCallIsAnsweredWithThePriority() {
    Answer answer = service.score(text(unique("Не могу войти 🙈")));

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("content-type")).isEqualTo("application/json");
    JsonNode score = answer.json();
    String id = score.get("task_id").stringValue();
    assertThat(UUID.fromString(id).version()).isEqualTo(7);
    assertThat(score)
        .isEqualTo(
            EventJson.mapper()
                .readTree(
                    """
                    {"task_priority":"LABEL_1","priority_score":0.75,"task_id":"%s",
                     "priority":"high","scores":{"LABEL_0":0.25,"LABEL_1":0.75},
                     "decision":{"rule":"costs","margin":0.5,"expected_cost":0.25,"review":false},
                     "model":{"name":"stand-in","version":"1","digest":"%s"},
                     "truncated":false,"cached":false,
                     "language":"unknown","confidence":"low","set_aside":["html"]}"""
                        .formatted(id, StandInPipeline.MODEL.digest())));
  }

  @Test
  void asynchronousCallIsAnsweredOnceTheBrokerHasTheTicket() {
    Answer answer = service.submit(text(unique("Async")));

    assertThat(answer.status()).isEqualTo(202);
    String id = answer.json().get("task_id").stringValue();
    assertThat(answer.body())
        .isEqualTo(
            "{\"task_id\":\"%s\",\"status\":\"submitted\",\"priorstatusity_score\":\"submitted\"}"
                .formatted(id));
    assertThat(answer.header("location")).isEqualTo("/result/" + id);
    await().atMost(LIMIT).until(() -> statusOf(id).equals("SUCCESS"));
  }

  @Test
  void resultHasEveryFieldOfTheContract() {
    String id = newId();
    service.score("{\"task_id\":\"" + id + "\",\"text\":\"" + unique("Result") + "\"}");

    JsonNode result = service.get("/result/" + id).json();

    assertThat(result.propertyNames())
        .containsExactly(
            "task_id", "status", "result", "start_time", "end_time", "duration_seconds", "error");
    assertThat(result.get("status").stringValue()).isEqualTo("SUCCESS");
    assertThat(result.get("result").get("task_id").stringValue()).isEqualTo(id);
    assertThat(result.get("start_time").stringValue())
        .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z");
    assertThat(result.get("duration_seconds").doubleValue()).isEqualTo(0.038);
    assertThat(result.get("error").isNull()).isTrue();
  }

  @Test
  void ticketThatWaitsIsPendingWithNullsFromItsAcceptanceOn() {
    String id = newId();
    service.submit("{\"task_id\":\"" + id + "\",\"text\":\"hold it\"}");

    JsonNode result = service.get("/result/" + id).json();

    assertThat(result.get("status").stringValue()).isEqualTo("PENDING");
    assertThat(result.get("result").isNull()).isTrue();
    assertThat(result.get("end_time").isNull()).isTrue();
    assertThat(result.get("start_time").stringValue()).endsWith("Z");
  }

  @Test
  void acceptedTicketIsKnownAfterRedisForgotIt() {
    String id = newId();
    service.submit("{\"task_id\":\"" + id + "\",\"text\":\"hold it\"}");
    await().atMost(LIMIT).until(() -> !pipeline.recordsOf(id).isEmpty());

    pipeline.redis().del("claim:" + id);

    await().atMost(LIMIT).until(() -> service.get("/result/" + id).status() == 200);
    assertThat(statusOf(id)).isEqualTo("PENDING");
  }

  @Test
  void unknownIdIsNotFound() {
    Answer answer = service.get("/result/" + newId());

    assertProblem(answer, 404, "ever accepted");
    assertThat(service.get("/result/no%20id").status()).isEqualTo(404);
  }

  @Test
  void rejectedTicketIsRefusedWithItsCodeAndIsAFailureLater() {
    String id = newId();
    Answer answer = service.score("{\"task_id\":\"" + id + "\",\"text\":\"reject this\"}");

    assertProblem(answer, 422, "does not like it");
    assertThat(answer.json().get("code").stringValue()).isEqualTo("INVALID");
    assertThat(answer.json().get("task_id").stringValue()).isEqualTo(id);
    JsonNode result = service.get("/result/" + id).json();
    assertThat(result.get("status").stringValue()).isEqualTo("FAILURE");
    assertThat(result.get("error").stringValue())
        .isEqualTo("INVALID: The stand-in does not like it.");
    pipeline.redis().del(CacheKeys.outcome(id), "claim:" + id);
    assertThat(service.get("/result/" + id).json())
        .as("the same from PostgreSQL")
        .isEqualTo(result);
  }

  @Test
  void modelFaultIsAFaultOfTheService() {
    Answer answer = service.score(text(unique("fault")));

    assertProblem(answer, 500, "model failed");
    assertThat(answer.json().get("code").stringValue()).isEqualTo("MODEL_FAILED");
  }

  @Test
  void sameKeyAndTextIsPublishedOnceAndAnsweredAlike() {
    String key = unique("key").replace(' ', '-');
    String body = text(unique("Same"));

    Answer first = service.score(body, "Idempotency-Key", key);
    Answer second = service.score(body, "Idempotency-Key", key);
    Answer third = service.submit(body, "Idempotency-Key", key);

    assertThat(first.status()).isEqualTo(200);
    assertThat(second.body()).isEqualTo(first.body());
    assertThat(third.status()).isEqualTo(202);
    String id = first.json().get("task_id").stringValue();
    assertThat(UUID.fromString(id).version()).isEqualTo(8);
    assertThat(third.json().get("task_id").stringValue()).isEqualTo(id);
    assertThat(pipeline.recordsOf(id)).hasSize(1);
  }

  @Test
  void idThatWasTheServicesIsTakenFromItsAnswerOn() {
    String text = unique("Named afterwards");
    Answer first = service.score(text(text));
    String id = first.json().get("task_id").stringValue();
    String named = "{\"task_id\":\"" + id + "\",\"text\":\"";

    assertThat(service.score(named + text + "\"}").json()).isEqualTo(first.json());
    assertThat(service.submit(named + text + "\"}").status()).isEqualTo(202);
    assertProblem(service.score(named + "Something else\"}"), 422, "another text");
    assertThat(pipeline.recordsOf(id)).hasSize(1);
  }

  @Test
  void repeatIsAnsweredWhenTheOutcomeHasLeftRedis() {
    String id = newId();
    String body = "{\"task_id\":\"" + id + "\",\"text\":\"" + unique("Repeat") + "\"}";
    Answer first = service.score(body);
    pipeline.redis().del(CacheKeys.outcome(id));

    assertThat(service.score(body).json()).isEqualTo(first.json());
    assertThat(pipeline.recordsOf(id)).hasSize(1);
  }

  @Test
  void sameKeyWithAnotherTextIsRefused() {
    String key = unique("key").replace(' ', '-');
    service.submit(text("One"), "Idempotency-Key", key);

    assertProblem(service.submit(text("Another"), "Idempotency-Key", key), 422, "another text");
    assertProblem(service.score(text("Another"), "Idempotency-Key", key), 422, "another text");
  }

  @Test
  void sameKeyAtTheSameTimeIsPublishedOnce() {
    String key = unique("key").replace(' ', '-');
    String body = text(unique("Concurrent"));

    List<CompletableFuture<Answer>> calls = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      calls.add(
          service.postLater(
              i % 2 == 0 ? "/v1/bert_prediction" : "/v1/bert_prediction_async",
              body,
              "Idempotency-Key",
              key));
    }
    List<Answer> answers = calls.stream().map(CompletableFuture::join).toList();

    assertThat(answers).extracting(Answer::status).containsOnly(200, 202);
    assertThat(answers)
        .extracting(answer -> answer.json().get("task_id").stringValue())
        .as("one ticket")
        .containsOnly(answers.get(0).json().get("task_id").stringValue());
    assertThat(pipeline.recordsOf(answers.get(0).json().get("task_id").stringValue())).hasSize(1);
  }

  @Test
  void keyAndIdThatDifferAreRefused() {
    String body = "{\"task_id\":\"T-1\",\"text\":\"x\"}";

    assertProblem(service.submit(body, "Idempotency-Key", "other"), 400, "different tickets");
    assertProblem(service.submit(text("x"), "Idempotency-Key", "a b"), 400, "Idempotency-Key");
    assertProblem(
        service.submit(text("x"), "Idempotency-Key", "a", "Idempotency-Key", "b"),
        400,
        "Idempotency-Key");
  }

  @Test
  void sameTextIsAnsweredFromTheCacheUnlessTheTicketIsNamed() {
    String body = text(unique("Cached"));
    JsonNode first = service.score(body).json();

    JsonNode second = service.score("{\"ignored\":1," + body.substring(1)).json();
    JsonNode named = service.score(body, "Idempotency-Key", newId()).json();

    assertThat(second.get("cached").booleanValue()).isTrue();
    assertThat(second.get("task_id")).isEqualTo(first.get("task_id"));
    assertThat(named.get("cached").booleanValue()).isFalse();
    assertThat(named.get("task_id")).isNotEqualTo(first.get("task_id"));
  }

  @Test
  void wrongBodiesAreRefusedWithWhatToDo() {
    assertProblem(service.score("{\"text\":\"  \"}"), 400, "empty");
    assertProblem(service.score("{}"), 400, "There is no text");
    assertProblem(service.score("{\"text\":"), 400, "{\"text\": \"…\"}");
    assertProblem(service.score(""), 400, "{\"text\": \"…\"}");
    assertProblem(service.score("[]"), 400, "not a JSON object");
    assertProblem(service.submit("{\"text\":1}"), 400, "must be a string");
    assertProblem(service.submit("{\"task_id\":\"Ы\",\"text\":\"x\"}"), 400, "task_id must be");
    Answer tooLong = service.score(text("я".repeat(20_000)));
    assertProblem(tooLong, 400, "20000 characters");
    assertThat(tooLong.json().get("code").stringValue()).isEqualTo("TOO_LONG");
  }

  @Test
  void longestTextIsTaken() {
    assertThat(service.submit(text("𝕏".repeat(10_000))).status()).isEqualTo(202);
  }

  @Test
  void textReachesTheTopicAsItWasSentWithTraceAndReplyChannel() throws Exception {
    String id = newId();
    String text = "Ошибка «500» 🙈\n\tname\"quoted\"";
    String traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    service.score(
        EventJson.mapper()
            .createObjectNode()
            .put("task_id", id)
            .put("subject", " Тема ")
            .put("body", text)
            .put("source", "jira")
            .toString(),
        "traceparent",
        traceparent,
        "tracestate",
        "a=b");

    var record = pipeline.recordsOf(id).get(0);
    JsonNode event = EventJson.mapper().readTree(record.value());
    assertThat(event.get("text").stringValue()).isEqualTo("Тема\n\n" + text);
    assertThat(event.get("source").stringValue()).isEqualTo("jira");
    assertThat(header(record, "traceparent")).isEqualTo(traceparent);
    assertThat(header(record, "tracestate")).isEqualTo("a=b");
    assertThat(header(record, "reply-channel")).startsWith("replies:");
  }

  private static String header(
      org.apache.kafka.clients.consumer.ConsumerRecord<String, byte[]> record, String name) {
    return new String(record.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
  }

  @Test
  void lostMessageCostsASecondNotAnAnswer() {
    pipeline.announces = false;

    assertThat(service.score(text(unique("Unannounced"))).status()).isEqualTo(200);
  }

  @Test
  void outcomeThatOnlyPostgresHasIsFound() {
    pipeline.writesRedis = false;

    Answer answer = service.score(text(unique("Only in PostgreSQL")));

    assertThat(answer.status()).isEqualTo(200);
    assertThat(statusOf(answer.json().get("task_id").stringValue())).isEqualTo("SUCCESS");
  }

  @Test
  void erasureIsAcceptedOnceTheBrokerHasItOnEveryPartition() throws Exception {
    String id = service.score(text(unique("Forget me"))).json().get("task_id").stringValue();
    Instant before = Instant.now();

    Answer answer = service.delete("/v1/tickets/" + id);
    Answer again = service.delete("/v1/tickets/" + id);

    assertThat(answer.status()).isEqualTo(202);
    assertThat(answer.header("location")).isEqualTo("/result/" + id);
    assertThat(answer.json().get("task_id").stringValue()).isEqualTo(id);
    assertThat(answer.json().get("status").stringValue()).isEqualTo("erasing");
    assertThat(Instant.parse(answer.json().get("forgotten_by").stringValue()))
        .as("30 days, a day for the broker's file, an hour for the broker to look")
        .isBetween(
            before.plus(Duration.ofHours(31 * 24 + 1)).minusSeconds(1),
            Instant.now().plus(Duration.ofHours(31 * 24 + 1)));
    assertThat(again.status()).as("repeated").isEqualTo(202);
    List<ConsumerRecord<byte[], byte[]>> erasures = erasuresOf(id);
    assertThat(erasures).hasSize(2 * Topics.PARTITIONS);
    assertThat(erasures).extracting(ConsumerRecord::partition).contains(0, 1, 2, 3);
    Erasure erasure = Erasure.fromRecord(erasures.get(0).key(), erasures.get(0).value());
    assertThat(erasure.taskId()).isEqualTo(id);
    assertThat(erasure.requestedAt()).isNotNull();
    assertThat(erasure.receivedAt())
        .isEqualTo(Instant.parse(result(id).get("start_time").stringValue()));
  }

  private List<ConsumerRecord<byte[], byte[]>> erasuresOf(String id) {
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", servers.kafka(), "auto.offset.reset", "earliest"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          IntStream.range(0, Topics.PARTITIONS)
              .mapToObj(partition -> new TopicPartition(Topics.ERASURES, partition))
              .toList();
      consumer.assign(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      List<ConsumerRecord<byte[], byte[]>> found = new ArrayList<>();
      await()
          .atMost(LIMIT)
          .until(
              () -> {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(50))) {
                  if (id.equals(new String(record.key(), StandardCharsets.UTF_8))) {
                    found.add(record);
                  }
                }
                return ends.entrySet().stream()
                    .allMatch(end -> consumer.position(end.getKey()) >= end.getValue());
              });
      return found;
    }
  }

  @Test
  void erasureOfATicketThatWasNeverAcceptedIsRefused() {
    Answer unknown = service.delete("/v1/tickets/" + newId());
    Answer impossible = service.delete("/v1/tickets/no%20id");

    assertThat(unknown.status()).isEqualTo(404);
    assertThat(unknown.json().get("type").stringValue())
        .isEqualTo("urn:tickets:problem:unknown-ticket");
    assertThat(impossible.status()).isEqualTo(404);
    assertThat(service.get("/v1/tickets/" + newId()).status()).as("only DELETE").isEqualTo(405);
  }

  @Test
  void erasedTicketIsShownWithItsPriorityAndSinceWhen() throws SQLException {
    String id = service.score(text(unique("Erased"))).json().get("task_id").stringValue();
    await().atMost(LIMIT).until(() -> result(id).get("status").stringValue().equals("SUCCESS"));
    assertThat(result(id).has("erased_at")).isFalse();

    // As results-sink does: what Redis knew is gone, and both stores know since when.
    Instant at = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    pipeline.redis().set("erased:" + id, EventJson.time(at));
    assertThat(result(id).get("erased_at").stringValue()).isEqualTo(EventJson.time(at));
    pipeline.redis().del("outcome:" + id, "claim:" + id);
    assertThat(result(id).get("status").stringValue()).isEqualTo("SUCCESS");
    pipeline.redis().del("erased:" + id);
    try (Connection connection = StandInPipeline.connect(servers);
        Statement statement = connection.createStatement()) {
      statement.execute("insert into erasure values ('%s', '%s')".formatted(id, at));
    }

    JsonNode erased = result(id);
    assertThat(erased.get("status").stringValue()).isEqualTo("SUCCESS");
    assertThat(erased.get("result").get("task_priority").stringValue()).isEqualTo("LABEL_1");
    assertThat(erased.get("erased_at").stringValue()).isEqualTo(EventJson.time(at));
  }

  @Test
  void erasureOfAnEarlierVersionIsNotShown() {
    String id = service.score(text(unique("New version"))).json().get("task_id").stringValue();
    pipeline.redis().set("erased:" + id, EventJson.time(Instant.now().minusSeconds(3600)));

    assertThat(result(id).has("erased_at")).isFalse();
  }

  private Answer correct(String id, String json) {
    return service.post("/v1/tickets/" + id + "/correction", json);
  }

  /** So that what is said of priorities can be held against its labels. */
  private void awaitModel() {
    service.score(text(unique("Model")));
    await()
        .atMost(LIMIT)
        .until(
            () ->
                service
                    .get("/status")
                    .json()
                    .at("/scorer/model/priorities/LABEL_1")
                    .asString("")
                    .equals("high"));
  }

  @Test
  void correctionIsAcceptedOnceTheBrokerHasItAndShownBesideTheModelsResult() throws Exception {
    awaitModel();
    String id = service.score(text(unique("Correct me"))).json().get("task_id").stringValue();
    assertThat(result(id).has("correction")).isFalse();

    Answer answer = correct(id, "{\"task_priority\":\"label_0\",\"by\":\" Анна\\u0000 Петрова \"}");

    assertThat(answer.status()).as(answer.body()).isEqualTo(202);
    assertThat(answer.header("location")).isEqualTo("/result/" + id);
    assertThat(answer.json().get("task_id").stringValue()).isEqualTo(id);
    JsonNode said = answer.json().get("correction");
    assertThat(said.propertyNames())
        .containsExactly("task_priority", "priority", "by", "corrected_at");
    assertThat(said.get("task_priority").stringValue()).isEqualTo("LABEL_0");
    assertThat(said.get("priority").stringValue()).isEqualTo("Обычный");
    assertThat(said.get("by").stringValue()).isEqualTo("Анна Петрова");
    await().atMost(LIMIT).until(() -> result(id).has("correction"));
    assertThat(result(id).get("correction")).isEqualTo(said);
    assertThat(result(id).get("status").stringValue()).isEqualTo("SUCCESS");
    assertThat(result(id).at("/result/task_priority").stringValue())
        .as("what the model said")
        .isEqualTo("LABEL_1");

    Correction event = correctionsOf(id).get(0);
    assertThat(event.client()).as("nobody is asked for a key").isNull();
    assertThat(event.modelSaid())
        .isEqualTo(
            new Correction.ModelSaid("LABEL_1", "high", StandInPipeline.MODEL.withoutPriorities()));
  }

  @Test
  void labelsOfAModelThatHasJustScoredAreKnownAtOnce() {
    String id = newId();
    service.score("{\"text\":\"To be corrected\",\"task_id\":\"" + id + "\"}");
    String before = pipeline.redis().get(CacheKeys.CURRENT_MODEL);
    var other = new ScoredTicket.Model("other", "2", "e".repeat(64), Map.of("P1", "urgent"));
    try {
      pipeline.redis().set(CacheKeys.CURRENT_MODEL, EventJson.mapper().writeValueAsString(other));

      Answer answer = correct(id, "{\"task_priority\":\"Urgent\"}");

      assertThat(answer.status()).as(answer.body()).isEqualTo(202);
      assertThat(answer.json().at("/correction/task_priority").stringValue()).isEqualTo("P1");
      assertThat(answer.json().at("/correction/priority").stringValue()).isEqualTo("urgent");
    } finally {
      pipeline.redis().set(CacheKeys.CURRENT_MODEL, before);
    }
  }

  private List<Correction> correctionsOf(String id) {
    await()
        .atMost(LIMIT)
        .until(
            () ->
                pipeline.recordsOf(id).stream()
                    .anyMatch(record -> record.topic().equals(Topics.CORRECTIONS)));
    return pipeline.recordsOf(id).stream()
        .filter(record -> record.topic().equals(Topics.CORRECTIONS))
        .map(record -> EventJson.mapper().readValue(record.value(), Correction.class))
        .toList();
  }

  @Test
  void correctionSurvivesALaterScoreAndRedisThatForgotIt() {
    awaitModel();
    String id = newId();
    service.score("{\"task_id\":\"" + id + "\",\"text\":\"" + unique("Once") + "\"}");
    correct(id, "{\"task_priority\":\"обычный\"}");
    await().atMost(LIMIT).until(() -> result(id).has("correction"));

    // Scored again, by another model.
    ScoredTicket.Model other = new ScoredTicket.Model("other", "2", "e".repeat(64));
    pipeline
        .redis()
        .set(
            CacheKeys.outcome(id),
            pipeline.redis().get(CacheKeys.outcome(id)).replace("stand-in", other.name()));
    assertThat(result(id).at("/result/model/name").stringValue()).isEqualTo("other");
    assertThat(result(id).at("/correction/task_priority").stringValue()).isEqualTo("LABEL_0");

    pipeline.redis().del(CacheKeys.correction(id));
    await().atMost(LIMIT).until(() -> result(id).has("correction"));
    pipeline.redis().del(CacheKeys.outcome(id), CacheKeys.claim(id));
    assertThat(result(id).at("/correction/priority").stringValue()).isEqualTo("Обычный");

    correct(id, "{\"task_priority\":\"HIGH\",\"by\":\"Boris\"}");
    await().atMost(LIMIT).until(() -> result(id).at("/correction/by").asString("").equals("Boris"));
    assertThat(result(id).at("/correction/task_priority").stringValue()).isEqualTo("LABEL_1");
  }

  @Test
  void ticketThatWaitsOrWasRejectedCanBeCorrected() {
    awaitModel();
    String waits = newId();
    String rejected = newId();
    service.submit("{\"task_id\":\"" + waits + "\",\"text\":\"hold it\"}");
    service.score("{\"task_id\":\"" + rejected + "\",\"text\":\"reject this\"}");

    for (String id : List.of(waits, rejected)) {
      assertThat(correct(id, "{\"task_priority\":\"LABEL_1\"}").status()).isEqualTo(202);
      await().atMost(LIMIT).until(() -> result(id).has("correction"));
      assertThat(result(id).get("result").isNull()).isTrue();
      assertThat(correctionsOf(id).get(0).modelSaid()).isNull();
    }
    assertThat(result(waits).get("status").stringValue()).isEqualTo("PENDING");
    assertThat(result(rejected).get("status").stringValue()).isEqualTo("FAILURE");
  }

  @Test
  void priorityThatTheModelDoesNotKnowIsRefusedWithThoseItDoes() {
    awaitModel();
    String id = service.score(text(unique("Known"))).json().get("task_id").stringValue();

    Answer answer = correct(id, "{\"task_priority\":\"sky-high\"}");

    assertProblem(answer, 400, "LABEL_0 (Обычный), LABEL_1 (high)");
    assertThat(answer.json().get("allowed"))
        .isEqualTo(EventJson.mapper().readTree("{\"LABEL_0\":\"Обычный\",\"LABEL_1\":\"high\"}"));
  }

  @Test
  void wrongCorrectionsAreRefusedWithWhatToDo() {
    String id = service.score(text(unique("Wrong"))).json().get("task_id").stringValue();

    assertProblem(correct(id, "{}"), 400, "no task_priority");
    assertProblem(correct(id, "{\"task_priority\":\" \"}"), 400, "no task_priority");
    assertProblem(correct(id, "{\"task_priority\":1}"), 400, "must be a string");
    assertProblem(correct(id, ""), 400, "Send {\"task_priority\"");
    assertProblem(correct(id, "[]"), 400, "not a JSON object");
    assertProblem(
        correct(id, "{\"task_priority\":\"LABEL_1\",\"by\":\"" + "я".repeat(101) + "\"}"),
        400,
        "101 characters");
    assertProblem(correct(newId(), "{\"task_priority\":\"LABEL_1\"}"), 404, "ever accepted");
    assertThat(service.get("/v1/tickets/" + id + "/correction").status()).isEqualTo(405);
    assertThat(result(id).has("correction")).isFalse();
  }

  private Answer explanation(String id) {
    return service.get("/result/" + id + "/explanation");
  }

  @Test
  void explanationShowsTheWordsAtTheirPlacesInTheText() {
    String id = newId();
    service.score("{\"task_id\":\"" + id + "\",\"text\":\"Склад 🙈 встал " + id + "\"}");

    Answer answer = explanation(id);

    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    JsonNode why = answer.json();
    assertThat(why.propertyNames())
        .containsExactly(
            "task_id",
            "task_priority",
            "priority",
            "priority_score",
            "model",
            "text",
            "truncated",
            "words",
            "faithfulness",
            "explained_at");
    assertThat(why.get("task_id").stringValue()).isEqualTo(id);
    assertThat(why.get("text").stringValue()).isEqualTo("Склад 🙈 встал " + id);
    assertThat(why.get("words").get(1))
        .isEqualTo(
            EventJson.mapper().readTree("{\"word\":\"🙈\",\"start\":6,\"end\":7,\"weight\":0.1}"));
    assertThat(why.get("words").get(2).get("word").stringValue()).isEqualTo("встал");
    assertThat(why.get("words").get(2).get("start").intValue()).isEqualTo(8);
    assertThat(why.get("faithfulness"))
        .isEqualTo(
            EventJson.mapper()
                .readTree(
                    "{\"deleted\":1,\"score\":0.75,\"without_top\":0.25,\"without_others\":0.5,"
                        + "\"draws\":8}"));
    assertThat(why.get("model").get("digest").stringValue())
        .isEqualTo(StandInPipeline.MODEL.digest());
  }

  @Test
  void whatCanNotBeExplainedSaysWhy() throws SQLException {
    String waits = newId();
    String rejected = newId();
    String mystery = newId();
    String erased = newId();
    service.submit("{\"task_id\":\"" + waits + "\",\"text\":\"hold it\"}");
    service.score("{\"task_id\":\"" + rejected + "\",\"text\":\"reject this\"}");
    service.score("{\"task_id\":\"" + mystery + "\",\"text\":\"mystery\"}");
    service.score("{\"task_id\":\"" + erased + "\",\"text\":\"Forget me\"}");
    try (Connection connection = StandInPipeline.connect(servers);
        Statement statement = connection.createStatement()) {
      statement.execute("update prediction set text_task = '' where task_id = '" + erased + "'");
    }

    assertProblem(explanation(newId()), 404, "ever accepted");
    assertProblem(explanation(waits), 409, "no score yet");
    assertProblem(explanation(rejected), 409, "was rejected");
    assertProblem(explanation(erased), 409, "STORE_TEXT=false");
    assertProblem(explanation(mystery), 500, "does not know");
  }

  @Test
  void synchronousCallCanBeExplainedAtOnce() {
    String body = text(unique("Explain me"));

    JsonNode plain = service.score(body).json();
    JsonNode explained = service.post("/v1/bert_prediction?explain=true", body).json();

    assertThat(plain.has("explanation")).isFalse();
    assertThat(explained.get("task_priority").stringValue()).isEqualTo("LABEL_1");
    assertThat(explained.get("cached").booleanValue()).isTrue();
    JsonNode why = explained.get("explanation");
    assertThat(why.get("task_id")).isEqualTo(explained.get("task_id"));
    assertThat(why.get("words").get(0).get("word").stringValue()).isEqualTo("Explain");
    assertThat(
            service
                .post("/v1/bert_prediction?explain=true", text("mystery " + newId()))
                .json()
                .has("explanation"))
        .as("a score is worth having without")
        .isFalse();
    assertThat(service.post("/v1/bert_prediction?explain=perhaps", body).status()).isEqualTo(400);
  }

  @Test
  void qualityTellsHowOftenPeopleAgree() throws SQLException {
    awaitModel();
    // An age of its own, before all that other tests say.
    String ids = newId();
    try (Connection connection = StandInPipeline.connect(servers);
        Statement statement = connection.createStatement()) {
      String row =
          "insert into correction (task_id, task_priority, priority, corrected_at,"
              + " model_task_priority, model_priority, source_topic, source_partition,"
              + " source_offset) values ('"
              + ids
              + "%s', '%s', '%s', '%s', %s, 'ticket-corrections', 9, %d)";
      statement.execute(
          row.formatted("1", "LABEL_1", "high", "2020-01-01T10:00:00Z", "'LABEL_1', 'high'", 1));
      statement.execute(
          row.formatted("2", "LABEL_0", "Обычный", "2020-01-02T10:00:00Z", "'LABEL_1', 'high'", 2));
      // Says it, and thinks better of it.
      statement.execute(
          row.formatted("3", "LABEL_1", "high", "2020-01-08T10:00:00Z", "'LABEL_0', 'Обычный'", 3));
      statement.execute(
          row.formatted(
              "3", "LABEL_0", "Обычный", "2020-01-08T11:00:00Z", "'LABEL_0', 'Обычный'", 4));
      // Nobody knew the model's labels, and nothing had been scored.
      statement.execute(
          row.formatted("4", "HIGH", "HIGH", "2020-01-09T10:00:00Z", "null, null", 5));
      statement.execute(
          row.formatted("5", "LABEL_0", "Обычный", "2020-01-09T10:00:00Z", "null, null", 6));
      statement.execute(
          "insert into prediction (task_id, text_task, task_priority, priority_score, priority,"
              + " language) values ('"
              + ids
              + "4', '', 'LABEL_1', 0.5, 'high', 'ru')");
      // Outside of what is asked for.
      statement.execute(
          row.formatted("6", "LABEL_0", "Обычный", "2020-02-01T00:00:00Z", "'LABEL_1', 'high'", 7));
    }

    JsonNode quality = service.get("/v1/quality?from=2020-01-01&to=2020-02-01T00:00:00Z").json();

    assertThat(quality)
        .isEqualTo(
            EventJson.mapper()
                .readTree(
                    """
                    {"from":"2020-01-01T00:00:00.000Z","to":"2020-02-01T00:00:00.000Z",
                     "n":4,"agreed":3,"agreement":0.75,"not_scored":1,
                     "classes":[
                      {"task_priority":"LABEL_0","priority":"Обычный","model_said":1,"people_said":2,"both":1,
                       "precision":1.0,"recall":0.5},
                      {"task_priority":"LABEL_1","priority":"high","model_said":3,"people_said":2,"both":2,
                       "precision":0.6667,"recall":1.0}],
                     "confusion":[{"model":"LABEL_1","people":"LABEL_1","n":2},
                      {"model":"LABEL_0","people":"LABEL_0","n":1},{"model":"LABEL_1","people":"LABEL_0","n":1}],
                     "languages":{"ru":{"n":1,"agreed":1,"agreement":1.0},
                      "unknown":{"n":3,"agreed":2,"agreement":0.6667}},
                     "weeks":{"2020-W01":{"n":2,"agreed":1,"agreement":0.5},
                      "2020-W02":{"n":2,"agreed":2,"agreement":1.0}}}"""));
    JsonNode nothing = service.get("/v1/quality?from=2019-01-01&to=2019-02-01").json();
    assertThat(nothing.get("n").intValue()).isZero();
    assertThat(nothing.get("agreement").isNull()).isTrue();
    assertProblem(service.get("/v1/quality?from=yesterday"), 400, "2026-12-01T12:00:00Z");
    assertProblem(service.get("/v1/quality?from=2020-01-02&to=2020-01-01"), 400, "before");
    assertThat(service.get("/v1/quality").status()).isEqualTo(200);
  }

  private JsonNode result(String id) {
    return service.get("/result/" + id).json();
  }

  @Test
  void rowOfTheReplacedServiceIsReadable() throws SQLException {
    String id = UUID.randomUUID().toString();
    try (Connection connection = StandInPipeline.connect(servers);
        Statement statement = connection.createStatement()) {
      statement.execute(
          "insert into prediction (task_id, text_task, task_priority, priority_score)"
              + " values ('%s', 'old', 'LABEL_2', 0.5)".formatted(id));
    }

    JsonNode result = service.get("/result/" + id).json();

    assertThat(result.get("status").stringValue()).isEqualTo("SUCCESS");
    assertThat(result.get("result"))
        .isEqualTo(
            EventJson.mapper()
                .readTree(
                    """
                    {"task_priority":"LABEL_2","priority_score":0.5,"task_id":"%s",
                     "priority":"LABEL_2","cached":false}"""
                        .formatted(id)));
    assertThat(result.get("start_time").isNull()).isTrue();
  }

  @Test
  void twoHundredCallsAtOnceAreAllAnswered() {
    List<CompletableFuture<Answer>> calls = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      calls.add(scoreAsClientsDo(text(unique("Many " + i)), newId(), 5));
    }

    List<Answer> answers = calls.stream().map(CompletableFuture::join).toList();

    assertThat(answers).extracting(Answer::status).containsOnly(200);
    assertThat(answers)
        .extracting(answer -> answer.json().get("task_id").stringValue())
        .doesNotHaveDuplicates();
  }

  /** Sends it again when told to, as on a machine too busy for Kafka to answer in time. */
  private CompletableFuture<Answer> scoreAsClientsDo(String body, String key, int tries) {
    return service
        .postLater("/v1/bert_prediction", body, "Idempotency-Key", key)
        .thenCompose(
            answer ->
                answer.status() != 503 || tries == 1
                    ? CompletableFuture.completedFuture(answer)
                    : CompletableFuture.supplyAsync(
                            () -> scoreAsClientsDo(body, key, tries - 1),
                            CompletableFuture.delayedExecutor(
                                Long.parseLong(answer.header("retry-after")), TimeUnit.SECONDS))
                        .thenCompose(again -> again));
  }

  String statusOf(String id) {
    return service.get("/result/" + id).json().get("status").stringValue();
  }

  static void assertProblem(Answer answer, int status, String detail) {
    assertThat(answer.status()).as(answer.body()).isEqualTo(status);
    assertThat(answer.header("content-type")).isEqualTo("application/problem+json");
    JsonNode problem = answer.json();
    assertThat(problem.get("status").intValue()).isEqualTo(status);
    assertThat(problem.get("type").stringValue()).startsWith("urn:tickets:problem:");
    assertThat(problem.get("title").stringValue()).isNotBlank();
    assertThat(problem.get("instance").stringValue()).startsWith("/");
    assertThat(problem.get("detail").stringValue()).contains(detail);
  }
}
