package tickets.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static tickets.ingest.HttpContract.assertProblem;

import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Hooks;
import tickets.contract.CacheKeys;
import tickets.ingest.Service.Answer;

/** What callers get while a server is away, and that it all comes back by itself. */
@NullUnmarked // fields are set before the first test
class StoresDownTest {

  private static final Duration LIMIT = Duration.ofSeconds(60);

  @TempDir static Path data;

  private static EmbeddedServers servers;
  private static StandInPipeline pipeline;
  private static Service service;

  @BeforeAll
  static void start() throws Exception {
    servers = EmbeddedServers.start(data);
    pipeline = StandInPipeline.start(servers.addresses());
    service = Service.start(servers.addresses(), "SYNC_TIMEOUT=30s");
    awaitAnswers();
  }

  @AfterAll
  static void stop() {
    service.close();
    pipeline.close();
    servers.close();
  }

  private static String body(String id, String text) {
    return "{\"task_id\":\"" + id + "\",\"text\":\"" + text + "\"}";
  }

  private static String newId() {
    return "T-" + UUID.randomUUID();
  }

  private static void awaitAnswers() {
    await().atMost(LIMIT).until(() -> service.score(body(newId(), "x")).status() == 200);
  }

  /** Also after another test stopped Kafka: its groups need a while to be whole again. */
  private static void awaitState(String state) {
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () ->
                assertThat(service.get("/status").json().get("state").stringValue())
                    .isEqualTo(state));
  }

  private static void awaitState(String component, String state) {
    await()
        .atMost(LIMIT)
        .until(
            () ->
                service
                    .get("/status")
                    .json()
                    .get(component)
                    .get("state")
                    .stringValue()
                    .equals(state));
  }

  @Test
  void withoutRedisTicketsAreAnsweredFromPostgres() {
    String known = newId();
    service.score(body(known, "Known"));
    servers.stopRedis();
    try {
      awaitState("redis", "down");
      awaitState("degraded");

      String id = newId();
      Answer answer = service.score(body(id, "Without Redis"));

      assertThat(answer.status()).isEqualTo(200);
      assertThat(service.get("/result/" + id).json().get("status").stringValue())
          .isEqualTo("SUCCESS");
      assertThat(service.get("/result/" + known).status()).isEqualTo(200);
      Answer unknown = service.get("/result/" + newId());
      assertProblem(unknown, 503, "Redis does not answer");
      assertThat(unknown.header("retry-after")).isEqualTo("2");
    } finally {
      servers.startRedis();
    }
    awaitState("redis", "up");
    pipeline.writesPostgres = false;
    try {
      awaitAnswers();
    } finally {
      pipeline.writesPostgres = true;
    }
  }

  @Test
  void withoutPostgresTicketsAreAnsweredThroughRedis() {
    servers.stopPostgres();
    try {
      awaitState("postgres", "down");

      String id = newId();
      Answer answer = service.score(body(id, "Without PostgreSQL"));
      String held = newId();
      service.submit(body(held, "hold"));

      assertThat(answer.status()).isEqualTo(200);
      assertThat(service.get("/result/" + id).json().get("status").stringValue())
          .isEqualTo("SUCCESS");
      assertThat(service.get("/result/" + held).json().get("status").stringValue())
          .isEqualTo("PENDING");
      assertProblem(service.get("/result/" + newId()), 503, "PostgreSQL does not answer");
    } finally {
      servers.startPostgres();
    }
    awaitState("postgres", "up");
    assertProblem(service.get("/result/" + newId()), 404, "ever accepted");
  }

  private static String correction(String id) {
    return "/v1/tickets/" + id + "/correction";
  }

  private static boolean isCorrected(String id) {
    return service.get("/result/" + id).json().has("correction");
  }

  @Test
  void withoutPostgresACorrectionIsAcceptedAndShownAndQualityCanNotBeTold() {
    String id = newId();
    service.score(body(id, "To be corrected"));
    servers.stopPostgres();
    try {
      awaitState("postgres", "down");

      assertThat(service.post(correction(id), "{\"task_priority\":\"LABEL_0\"}").status())
          .isEqualTo(202);
      await().atMost(LIMIT).until(() -> isCorrected(id));
      assertProblem(
          service.post(correction(newId()), "{\"task_priority\":\"LABEL_0\"}"),
          503,
          "PostgreSQL does not answer");
      assertProblem(
          service.get("/result/" + id + "/explanation"), 503, "PostgreSQL does not answer");
      Answer quality = service.get("/v1/quality");
      assertProblem(quality, 503, "PostgreSQL does not answer");
      assertThat(quality.header("retry-after")).isEqualTo("2");
    } finally {
      servers.startPostgres();
    }
    awaitState("postgres", "up");
    assertThat(service.get("/v1/quality").status()).isEqualTo(200);
    // The pipeline finds out that its connection is gone.
    awaitAnswers();
  }

  @Test
  void withoutRedisACorrectionIsAcceptedAndShown() {
    String id = newId();
    service.score(body(id, "To be corrected"));
    servers.stopRedis();
    try {
      awaitState("redis", "down");
      assertThat(service.post(correction(id), "{\"task_priority\":\"LABEL_0\"}").status())
          .isEqualTo(202);
      await().atMost(LIMIT).until(() -> isCorrected(id));
      assertProblem(service.get("/result/" + id + "/explanation"), 503, "Redis does not answer");
    } finally {
      servers.startRedis();
    }
    awaitState("redis", "up");
    awaitAnswers();
  }

  @Test
  void withoutKafkaACorrectionIsRefusedAndAcceptedAfterwards() {
    String id = newId();
    service.score(body(id, "To be corrected"));
    servers.stopKafka();
    try {
      Answer answer = service.post(correction(id), "{\"task_priority\":\"LABEL_0\"}");
      assertProblem(answer, 503, "Kafka did not confirm the correction");
      assertThat(answer.header("retry-after")).isEqualTo("5");
    } finally {
      servers.startKafka();
    }
    await()
        .atMost(LIMIT)
        .until(
            () -> service.post(correction(id), "{\"task_priority\":\"LABEL_0\"}").status() == 202);
    awaitState("kafka", "up");
    awaitAnswers();
  }

  @Test
  void withoutKafkaAnErasureIsRefusedAndAcceptedAfterwards() {
    String id = newId();
    service.score(body(id, "Forget me"));
    servers.stopKafka();
    try {
      Answer answer = service.delete("/v1/tickets/" + id);
      assertProblem(answer, 503, "Kafka did not confirm the erasure");
      assertThat(answer.header("retry-after")).isEqualTo("5");
    } finally {
      servers.startKafka();
    }
    await().atMost(LIMIT).until(() -> service.delete("/v1/tickets/" + id).status() == 202);
    awaitState("kafka", "up");
    awaitAnswers();
  }

  @Test
  void withoutKafkaCallersKnowWithinTwoSecondsAndTheIdIsFreeAgain() {
    servers.stopKafka();
    String id = newId();
    try {
      for (int i = 0; i < 2; i++) {
        long begun = System.nanoTime();
        Answer answer = service.submit(body(id, "Without Kafka"));
        Duration took = Duration.ofNanos(System.nanoTime() - begun);

        assertProblem(answer, 503, "may still be scored");
        assertThat(answer.json().get("task_id").stringValue()).isEqualTo(id);
        assertThat(answer.header("retry-after")).isEqualTo("5");
        // The contract's two seconds, and room for a busy machine.
        assertThat(took).isLessThan(Duration.ofSeconds(4));
      }
      awaitState("kafka", "down");
      assertProblem(service.get("/status"), 503, "Kafka does not answer");
      await().atMost(LIMIT).until(() -> pipeline.redis().get("claim:" + id) == null);
      assertThat(pipeline.redis().get(CacheKeys.outcome(id))).isNull();
    } finally {
      servers.startKafka();
    }
    await().atMost(LIMIT).until(() -> service.submit(body(id, "Without Kafka")).status() == 202);
    awaitState("kafka", "up");
    awaitAnswers();
  }

  @Test
  void callerThatHangsUpBeforeKafkaRefusesIsNoFaultOfTheService() {
    List<Throwable> dropped = new CopyOnWriteArrayList<>();
    Hooks.onErrorDropped(dropped::add);
    String id = newId();
    servers.stopKafka();
    try {
      HttpRequest impatient =
          HttpRequest.newBuilder(service.uri("/v1/bert_prediction_async"))
              .header("Content-Type", "application/json")
              .timeout(Duration.ofMillis(500))
              .POST(HttpRequest.BodyPublishers.ofString(body(id, "Without Kafka")))
              .build();
      HttpClient client = HttpClient.newHttpClient();
      assertThatThrownBy(() -> client.send(impatient, HttpResponse.BodyHandlers.discarding()))
          .isInstanceOf(HttpTimeoutException.class);

      await().atMost(LIMIT).until(() -> pipeline.redis().get("claim:" + id) == null);
      await()
          .during(Duration.ofSeconds(1))
          .atMost(LIMIT)
          .untilAsserted(() -> assertThat(dropped).isEmpty());
    } finally {
      Hooks.resetOnErrorDropped();
      servers.startKafka();
    }
    awaitState("kafka", "up");
    awaitAnswers();
  }

  @Test
  void serviceStartsWithoutAnyServerAndWorksOnceTheyAreThere() throws Exception {
    EmbeddedServers later = EmbeddedServers.start(data.resolve("later"));
    later.close();
    try (later;
        Service early = Service.start(later.addresses())) {
      long begun = System.nanoTime();
      Answer refused = early.submit(body(newId(), "Too early"));

      assertProblem(refused, 503, "Kafka did not confirm");
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(4));
      assertProblem(early.get("/status"), 503, "Kafka does not answer");
      assertProblem(early.get("/result/" + newId()), 503, "Redis and PostgreSQL do not answer");

      later.startKafka();
      later.startPostgres();
      later.startRedis();
      try (StandInPipeline behind = StandInPipeline.start(later.addresses())) {
        await().atMost(LIMIT).until(() -> early.score(body(newId(), "In time")).status() == 200);
        await().atMost(LIMIT).until(() -> early.get("/result/" + newId()).status() == 404);
        assertThat(behind.recordsOf("nobody")).isEmpty();
      }
    }
  }
}
