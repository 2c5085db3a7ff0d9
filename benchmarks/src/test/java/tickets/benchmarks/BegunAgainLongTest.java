package tickets.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;
import static tickets.benchmarks.WholePipeline.LIMIT;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tickets.benchmarks.WholePipeline.Row;
import tickets.benchmarks.processes.Role;
import tickets.benchmarks.processes.Servers;
import tickets.contract.EventJson;
import tickets.contract.Lane;
import tickets.contract.Topics;
import tools.jackson.databind.JsonNode;

/** What begins anew: all scoring, under the same and another model; a database without rows. */
@NullUnmarked // fields are set before the first test
@TestMethodOrder(MethodOrderer.MethodName.class)
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class BegunAgainLongTest {

  /** What a ticket's score may differ by in another batch, in bf16 and int8. */
  private static final double SAME_SCORE = 0.02;

  @TempDir static Path work;
  private static WholePipeline pipeline;

  @BeforeAll
  static void start() throws Exception {
    pipeline = WholePipeline.start(work.resolve("run"), Servers.Setup.startingFast());
  }

  @AfterAll
  static void stop() {
    if (pipeline != null) {
      pipeline.close();
    }
  }

  private static String newId() {
    return "F-" + UUID.randomUUID();
  }

  private static List<String> newIds(int count) {
    return IntStream.range(0, count).mapToObj(i -> newId()).toList();
  }

  @Test
  void scoringFromTheBeginningAgainChangesNothingButForAnotherModel() throws Exception {
    String twice = newId();
    List<String> ids = new ArrayList<>(newIds(10));
    for (String id : ids) {
      pipeline.submit(id, "Before the replay: " + id);
    }
    ids.add(twice);
    pipeline.submit(twice, "The first version");
    pipeline.awaitScored(ids);
    Map<String, Row> first = pipeline.rows();
    publish(twice, "The second version, which is another text");
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () -> {
              assertThat(pipeline.rows().get(twice).get("text_task")).contains("second version");
              assertThat(pipeline.lag()).isZero();
            });
    Map<String, Row> before = pipeline.rows();
    assertThat(before.get(twice).get("id")).isEqualTo(first.get(twice).get("id"));
    JsonNode result = pipeline.get("/result/" + twice).json();

    replay();
    Map<String, Row> again = pipeline.rows();
    before.forEach(
        (id, row) -> {
          assertThat(again.get(id).withoutScores()).isEqualTo(row.withoutScores());
          // Its batch was another, which may show in the last digits.
          assertThat(again.get(id).score()).isCloseTo(row.score(), within(SAME_SCORE));
        });
    JsonNode resultAgain = pipeline.get("/result/" + twice).json();
    assertThat(resultAgain.get("status")).isEqualTo(result.get("status"));
    assertThat(resultAgain.get("start_time")).isEqualTo(result.get("start_time"));
    assertThat(resultAgain.get("result").get("model")).isEqualTo(result.get("result").get("model"));

    Path other = anotherModel(work.resolve("other-model"));
    pipeline.servers().set(Role.SCORER, "MODEL_PATH", other.toString());
    replay();
    Map<String, Row> after = pipeline.rows();
    String digest = before.get(twice).get("model_digest");
    before.forEach(
        (id, old) -> {
          Row row = after.get(id);
          assertThat(row.get("model_version")).as(id).isEqualTo("2.0.0");
          assertThat(row.get("model_digest")).as(id).hasSize(64).isNotEqualTo(digest);
          assertThat(row.get("scores")).as(id).isNotEqualTo(old.get("scores"));
          assertThat(row.get("text_task")).as(id).isEqualTo(old.get("text_task"));
          assertThat(row.get("id")).as(id).isEqualTo(old.get("id"));
        });
  }

  @Test
  void databaseThatLostRowsGetsThemBackFromTheTopics() throws Exception {
    List<String> ids = newIds(5);
    for (String id : ids) {
      pipeline.submit(id, "Before the restore: " + id);
    }
    pipeline.awaitScored(ids);
    await().atMost(LIMIT).untilAsserted(() -> assertThat(pipeline.lag()).isZero());
    Map<String, Row> before = pipeline.rows();

    // As docs/operations.md has it for a database restored from an older backup.
    pipeline.servers().of(Role.SINK).terminate();
    try (Connection connection = pipeline.connect();
        Statement statement = connection.createStatement()) {
      statement.execute("truncate ticket, prediction");
    }
    for (String group : List.of("results-sink-tickets", "results-sink-postgres")) {
      pipeline.consumerGroups(
          "--group", group, "--all-topics", "--reset-offsets", "--to-earliest", "--execute");
    }
    pipeline.servers().of(Role.SINK).start();

    await()
        .atMost(LIMIT)
        .untilAsserted(() -> assertThat(pipeline.rows().keySet()).containsAll(before.keySet()));
    Map<String, Row> after = pipeline.rows();
    before.forEach(
        (id, row) -> assertThat(after.get(id).asScored()).as(id).isEqualTo(row.asScored()));
    pipeline.awaitWell();
  }

  /** As docs/operations.md has it. */
  private static void replay() throws Exception {
    pipeline.servers().of(Role.SCORER).terminate();
    for (Lane lane : Lane.values()) {
      String said =
          pipeline.consumerGroups(
              "--group",
              lane.scorerGroup(),
              "--topic",
              lane.topic(),
              "--reset-offsets",
              "--to-earliest",
              "--execute");
      assertThat(said).contains(lane.scorerGroup()).doesNotContain("Error");
    }
    pipeline.servers().of(Role.SCORER).start();
    pipeline.awaitWell();
    await().atMost(LIMIT).untilAsserted(() -> assertThat(pipeline.lag()).isZero());
  }

  /** The same weights; other words for what comes of them. */
  private static Path anotherModel(Path directory) throws Exception {
    Path model = WholePipeline.HOME.resolve("models/ticket-priority-ru-en");
    Files.createDirectories(directory);
    for (String file :
        List.of("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")) {
      Files.copy(model.resolve(file), directory.resolve(file));
    }
    Files.writeString(
        directory.resolve("priority.json"),
        Files.readString(model.resolve("priority.json"))
            .replace("\"version\": \"1.0.0\"", "\"version\": \"2.0.0\"")
            .replaceFirst("\"temperature\": [0-9.]+", "\"temperature\": 2.5"));
    return directory;
  }

  private static void publish(String key, String text) {
    Map<String, Object> settings = new HashMap<>();
    settings.put("bootstrap.servers", pipeline.servers().endpoints().kafka());
    try (var producer =
        new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer())) {
      producer.send(
          new ProducerRecord<>(Topics.TICKETS, key, EventJson.write(Map.of("text", text))));
    }
  }
}
