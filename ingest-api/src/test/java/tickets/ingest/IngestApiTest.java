package tickets.ingest;

import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tickets.contract.CacheKeys;
import tickets.contract.EventJson;
import tickets.contract.Lane;
import tickets.contract.ScoredTicket;
import tickets.contract.StageTimes;
import tickets.contract.Topics;
import tickets.ingest.Service.Answer;
import tickets.ingest.status.PipelineProof;
import tools.jackson.databind.JsonNode;

/** The contract on embedded servers, and what does not depend on the servers. */
@NullUnmarked // fields are set before the first test
class IngestApiTest extends HttpContract {

  @TempDir static Path data;

  private EmbeddedServers embedded;

  @Override
  Servers startServers() {
    embedded = EmbeddedServers.start(data);
    return embedded.addresses();
  }

  @Override
  void stopServers() {
    if (embedded != null) {
      embedded.close();
    }
  }

  private Answer send(String method, String path, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(service.uri(path)).method(method, BodyPublishers.ofString("{}"));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return Service.send(request.build());
  }

  @Test
  void wrongPathsMethodsAndTypesAreProblemsToo() {
    assertProblem(service.get("/v1/nothing"), 404, "GET / lists the calls");
    Answer wrongMethod = send("PUT", "/v1/bert_prediction");
    assertProblem(wrongMethod, 405, "POST");
    assertThat(wrongMethod.header("allow")).isEqualTo("POST");
    assertProblem(
        send("POST", "/v1/bert_prediction", "Content-Type", "text/plain"), 415, "Content-Type");
    assertProblem(send("POST", "/v1/bert_prediction_async"), 415, "Content-Type");
    assertProblem(
        send(
            "POST",
            "/v1/bert_prediction",
            "Content-Type",
            "application/json",
            "Accept",
            "text/html"),
        406,
        "Accept");
  }

  @Test
  void bodyOverTheLimitIsRefusedWithOrWithoutItsLength() {
    String body = "{\"text\":\"" + "a".repeat(300 * 1024) + "\"}";

    assertProblem(service.score(body), 413, "larger");
    Answer chunked =
        Service.send(
            HttpRequest.newBuilder(service.uri("/v1/bert_prediction"))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.fromPublisher(BodyPublishers.ofString(body)))
                .build());
    assertProblem(chunked, 413, "larger");
  }

  @Test
  void hostileCallsAreAnsweredAndTheServiceStaysWell() {
    HostileCalls calls = new HostileCalls(service.uri("/"));
    Set<String> statuses = new TreeSet<>();
    for (int i = 0; i < Integer.getInteger("hostile.calls", 300); i++) {
      HostileCalls.Call call = calls.next();

      // "Expect: 100-continue" may be answered first, as RFC 9110 has it.
      String answer = call.answer().replaceFirst("(?s)^HTTP/1\\.1 100 Continue\r\n.*?\r\n\r\n", "");

      assertThat(answer).as(call.toString()).matches("(?s)(HTTP/1\\.1 [2-5]\\d\\d .*)?");
      assertThat(answer).as(call.toString()).doesNotStartWith("HTTP/1.1 500");
      assertThat(answer).as(call.toString()).doesNotContain(HostileCalls.SECRET);
      statuses.add(answer.isEmpty() ? "none" : answer.substring(9, 12));
    }
    assertThat(statuses).as("hostile enough").contains("202", "400", "404", "405", "415");
    assertThat(service.submit("{\"text\":\"After all that\"}").status()).isEqualTo(202);
  }

  @Test
  void callThatTakesTooLongSaysWhereThePriorityWillBe() {
    try (Service impatient = Service.start(servers, "SYNC_TIMEOUT=1s", "MAX_WAITING=1")) {
      await().atMost(Duration.ofSeconds(30)).until(() -> impatient.get("/status").status() == 200);
      String id = "T-" + UUID.randomUUID();
      String body = "{\"task_id\":\"" + id + "\",\"text\":\"hold it\"}";
      CompletableFuture<Answer> first = impatient.postLater("/v1/bert_prediction", body);
      await().atMost(Duration.ofSeconds(5)).until(() -> !pipeline.recordsOf(id).isEmpty());

      Answer noPlace = impatient.score("{\"text\":\"One too many\"}");
      Answer late = first.join();

      assertProblem(noPlace, 503, "1 callers wait already");
      assertThat(noPlace.header("retry-after")).isEqualTo("1");
      assertProblem(late, 504, "/result/" + id);
      assertThat(late.json().get("task_id").stringValue()).isEqualTo(id);
      assertThat(late.header("location")).isEqualTo("/result/" + id);
      assertThat(impatient.score(body).status()).as("the place is free again").isEqualTo(504);
      assertThat(pipeline.recordsOf(id)).hasSize(1);
    }
  }

  @Test
  void explanationThatTakesTooLongIsGivenUp() {
    String id = "T-" + UUID.randomUUID();
    service.score("{\"task_id\":\"" + id + "\",\"text\":\"enigma\"}");
    try (Service impatient = Service.start(servers, "SYNC_TIMEOUT=1s")) {
      await().atMost(Duration.ofSeconds(30)).until(() -> impatient.get("/status").status() == 200);
      Answer late = impatient.get("/result/" + id + "/explanation");

      assertProblem(late, 504, "No scorer explained");
      assertThat(late.json().get("task_id").stringValue()).isEqualTo(id);
    }
  }

  @Test
  void asManyMayWaitForAnExplanationAsAreAnsweredInTime() {
    String id = "T-" + UUID.randomUUID();
    service.score("{\"task_id\":\"" + id + "\",\"text\":\"enigma\"}");
    try (Service impatient = Service.start(servers, "SYNC_TIMEOUT=3s")) {
      await().atMost(Duration.ofSeconds(30)).until(() -> impatient.get("/status").status() == 200);
      List<CompletableFuture<Answer>> calls = new ArrayList<>();
      for (int i = 0; i < 24; i++) {
        calls.add(
            CompletableFuture.supplyAsync(
                () -> impatient.get("/result/" + id + "/explanation"),
                task -> new Thread(task).start()));
      }
      assertThat(calls.stream().map(CompletableFuture::join).map(Answer::status))
          .containsOnly(503, 504)
          .contains(503)
          .filteredOn(status -> status == 504)
          .hasSizeLessThanOrEqualTo(16);
      assertThat(impatient.get("/result/" + id + "/explanation").status())
          .as("their places are free again")
          .isEqualTo(504);
    }
  }

  @Test
  void outcomeOfAnEarlierTicketWithTheSameIdDoesNotAnswer() {
    String id = "T-" + UUID.randomUUID();
    String body = "{\"task_id\":\"" + id + "\",\"text\":\"hold it\"}";
    service.submit(body);
    await().atMost(Duration.ofSeconds(5)).until(() -> !pipeline.recordsOf(id).isEmpty());
    var record = pipeline.recordsOf(id).get(0);
    CompletableFuture<Answer> call = service.postLater("/v1/bert_prediction", body);

    announce(record, id, record.offset() - 1, "LABEL_0");
    announce(record, id, record.offset(), "LABEL_1");

    assertThat(call.join().json().get("task_priority").stringValue()).isEqualTo("LABEL_1");
  }

  /** Its ticket went by the callers' topic, on which no named one goes. */
  @Test
  void whoIsToldToAskLaterGetsTheOutcomeByTheIdItWasTold() {
    String text = "hold it " + UUID.randomUUID();
    String id;
    try (Service impatient = Service.start(servers, "SYNC_TIMEOUT=1s")) {
      await().atMost(Duration.ofSeconds(30)).until(() -> impatient.get("/status").status() == 200);
      Answer late = impatient.score("{\"text\":\"" + text + "\"}");
      assertProblem(late, 504, "/result/");
      id = late.json().get("task_id").stringValue();
    }
    assertThat(pipeline.redis().get("claim:" + id)).as("noted").isNotNull();
    assertThat(service.get("/result/" + id).json().get("status").stringValue())
        .isEqualTo("PENDING");

    CompletableFuture<Answer> again =
        service.postLater(
            "/v1/bert_prediction", "{\"task_id\":\"" + id + "\",\"text\":\"" + text + "\"}");
    var record = pipeline.recordsOf(id).get(0);
    assertThat(record.topic()).isEqualTo(Lane.INTERACTIVE.topic());
    announce(record, id, record.offset(), "LABEL_1");

    assertThat(again.join().json().get("task_priority").stringValue()).isEqualTo("LABEL_1");
    assertThat(pipeline.recordsOf(id)).as("published once").hasSize(1);
  }

  private void announce(
      org.apache.kafka.clients.consumer.ConsumerRecord<String, byte[]> record,
      String id,
      long offset,
      String label) {
    Instant now = Instant.now();
    ScoredTicket scored =
        new ScoredTicket(
            id,
            label,
            1,
            label,
            Map.of(label, 1.0),
            StandInPipeline.MODEL,
            false,
            false,
            now,
            now,
            StageTimes.of(Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO),
            "0".repeat(64),
            record.topic(),
            record.partition(),
            offset,
            null);
    String json = EventJson.mapper().writeValueAsString(scored);
    pipeline.redis().set(CacheKeys.outcome(id), json);
    pipeline
        .redis()
        .publish(new String(record.headers().lastHeader("reply-channel").value()), json);
  }

  @Test
  void backlogAboveTheLimitIsRefusedAndNothingIsClaimed() {
    try (Service careful = Service.start(servers, "MAX_LAG=1")) {
      await().atMost(Duration.ofSeconds(30)).until(() -> careful.get("/status").status() == 200);
      pipeline.pause(true);
      try {
        for (int i = 0; i < 8; i++) {
          service.submit("{\"text\":\"Backlog " + i + "\"}");
        }
        String body = "{\"task_id\":\"T-" + UUID.randomUUID() + "\",\"text\":\"x\"}";
        await()
            .atMost(Duration.ofSeconds(10))
            .until(() -> careful.submit("{\"text\":\"y\"}").status() == 503);
        Answer refused = careful.submit(body);
        assertProblem(refused, 503, "backlog");
        assertThat(refused.header("retry-after")).matches("[1-9]\\d?");

        assertThat(service.submit(body).status()).as("elsewhere it is taken").isEqualTo(202);
      } finally {
        pipeline.pause(false);
      }
    }
  }

  /** By chance alone the longest queue would be some ten tickets longer than the shortest. */
  @Test
  void ticketsWithoutAnIdGoWhereLessIsBeforeTheScorer() {
    List<String> ids = new ArrayList<>();
    pipeline.pause(true);
    try {
      for (int i = 0; i < 120; i++) {
        Answer answer = service.submit("{\"text\":\"Evenly " + i + "\"}");
        ids.add(answer.json().get("task_id").stringValue());
      }
    } finally {
      pipeline.pause(false);
    }
    await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> ids.stream().noneMatch(id -> pipeline.recordsOf(id).isEmpty()));

    Map<Integer, Long> onPartition =
        ids.stream()
            .collect(
                groupingBy(id -> pipeline.recordsOf(id).get(0).partition(), Collectors.counting()));

    assertThat(onPartition).hasSize(Topics.PARTITIONS);
    assertThat(Collections.max(onPartition.values()) - Collections.min(onPartition.values()))
        .isLessThanOrEqualTo(5);
  }

  @Test
  void statusNamesEveryComponentAndWaitsForTheProof() {
    Answer answer = service.get("/status");

    assertThat(answer.status()).isEqualTo(200);
    JsonNode status = answer.json();
    assertThat(status.propertyNames())
        .containsExactly("state", "kafka", "scorer", "sink", "postgres", "redis");
    assertThat(status.get("state").stringValue()).as("no sink runs here").isEqualTo("degraded");
    assertThat(status.get("scorer").get("members").intValue()).isEqualTo(1);
    assertThat(status.get("sink").get("lag").has("results-sink-redis")).isTrue();

    PipelineProof proof = service.context().getBean(PipelineProof.class);
    proof.withdraw();
    Answer starting = service.get("/status");
    proof.proved();

    assertProblem(starting, 503, "gone through");
    assertThat(starting.json().get("state").stringValue()).isEqualTo("starting");
    assertThat(starting.json().get("kafka").get("state").stringValue()).isEqualTo("up");
    assertThat(service.get("/status").status()).isEqualTo(200);
  }

  @Test
  void whoeverStartsTheServiceCanAskForTheProofFromTheBeginning() {
    PipelineProof proof = PipelineProof.pending();
    var application =
        IngestApi.application()
            .initializers(
                context -> context.getBeanFactory().registerSingleton("pipelineProof", proof));
    try (Service starting = Service.start(application, servers)) {
      await()
          .atMost(Duration.ofSeconds(30))
          .until(
              () -> starting.get("/status").json().get("state").stringValue().equals("starting"));
      assertThat(starting.get("/status").status()).isEqualTo(503);

      proof.proved();

      await().atMost(Duration.ofSeconds(30)).until(() -> starting.get("/status").status() == 200);
    }
  }

  @Test
  void statusTellsTheModelThatScoredLast() {
    service.score("{\"text\":\"Model " + UUID.randomUUID() + "\"}");

    await()
        .atMost(Duration.ofSeconds(5))
        .until(
            () ->
                service
                    .get("/status")
                    .json()
                    .get("scorer")
                    .path("model")
                    .path("name")
                    .asString("")
                    .equals("stand-in"));
  }

  @Test
  void documentDescribesEveryCall() {
    JsonNode document = service.get("/v3/api-docs").json();

    assertThat(document.get("openapi").stringValue()).startsWith("3.1");
    JsonNode paths = document.get("paths");
    assertThat(paths.propertyNames())
        .containsExactlyInAnyOrder(
            "/v1/bert_prediction",
            "/v1/bert_prediction_async",
            "/result/{task_id}",
            "/status",
            "/v1/tickets/{task_id}",
            "/v1/tickets/{task_id}/correction",
            "/v1/quality",
            "/result/{task_id}/explanation",
            "/v1/model");
    JsonNode post = paths.get("/v1/bert_prediction").get("post");
    assertThat(post.get("responses").propertyNames())
        .contains("200", "400", "413", "415", "422", "500", "503", "504");
    JsonNode body = post.get("requestBody").get("content").get("application/json");
    assertThat(body.get("examples").propertyNames()).contains("По-русски", "In English");
    assertThat(post.get("parameters"))
        .extracting(parameter -> parameter.get("name").stringValue())
        .containsExactlyInAnyOrder("Idempotency-Key", "explain");
    JsonNode components = document.get("components");
    assertThat(components.get("responses").get("Problem503").get("headers").has("Retry-After"))
        .isTrue();
    assertThat(
            components
                .at("/schemas/Submitted/properties/priorstatusity_score/deprecated")
                .booleanValue())
        .isTrue();
    components
        .get("schemas")
        .properties()
        .forEach(
            schema ->
                schema
                    .getValue()
                    .path("properties")
                    .properties()
                    .forEach(
                        field -> {
                          String name = schema.getKey() + "." + field.getKey();
                          assertThat(field.getKey()).as(name).matches("[a-z0-9_]+");
                          assertThat(field.getValue().has("description")).as(name).isTrue();
                        }));
  }

  @Test
  void rootLeadsToThePageThatListsTheCalls() {
    Answer answer = service.get("/");
    for (int hops = 0; answer.status() == 302 && hops < 3; hops++) {
      answer = service.get(answer.header("location"));
    }

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body()).contains("swagger-ui");
  }

  @Test
  void probesAndMetricsAreOnTheManagementPortOnly() {
    assertThat(
            Service.send(
                    HttpRequest.newBuilder(service.management("/actuator/health/readiness"))
                        .build())
                .status())
        .isEqualTo(200);
    assertThat(
            Service.send(HttpRequest.newBuilder(service.management("/actuator/health")).build())
                .json()
                .at("/components/servers/components/kafka/status")
                .stringValue())
        .isEqualTo("UP");
    service.score("{\"text\":\"Metric " + UUID.randomUUID() + "\"}");
    assertThat(
            Service.send(HttpRequest.newBuilder(service.management("/actuator/prometheus")).build())
                .body())
        .contains("tickets_ingest_accepted_total", "tickets_ingest_answered_seconds");
    assertThat(service.get("/actuator/health").status()).isEqualTo(404);
  }
}
