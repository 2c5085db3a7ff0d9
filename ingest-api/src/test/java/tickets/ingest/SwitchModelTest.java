package tickets.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tickets.contract.EventJson;
import tickets.contract.ModelCommand;
import tickets.contract.ScoredTicket;
import tickets.contract.ScorerStatus;
import tickets.contract.Topics;
import tickets.ingest.Service.Answer;
import tools.jackson.databind.JsonNode;

/** Two instances of the service, and scorers of which only what they report is there. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SwitchModelTest {

  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final ScoredTicket.Model OTHER =
      new ScoredTicket.Model("other", "2", "e".repeat(64));

  @TempDir static Path data;
  private static EmbeddedServers servers;
  private static StandInPipeline pipeline;
  private static Service service;
  private static Service second;
  private static KafkaProducer<String, byte[]> scorers;

  @BeforeAll
  static void start() throws Exception {
    servers = EmbeddedServers.start(data);
    pipeline = StandInPipeline.start(servers.addresses());
    service = Service.start(servers.addresses(), "SYNC_TIMEOUT=30s");
    second = Service.start(servers.addresses(), "SYNC_TIMEOUT=30s");
    for (Service one : List.of(service, second)) {
      await().atMost(LIMIT).until(() -> one.get("/status").status() == 200);
    }
    await()
        .atMost(LIMIT)
        .until(() -> service.score("{\"text\":\"First\",\"task_id\":\"T-first\"}").status() == 200);
    scorers =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", servers.addresses().kafka()),
            new StringSerializer(),
            new ByteArraySerializer());
  }

  @AfterAll
  static void stop() {
    scorers.close();
    service.close();
    second.close();
    pipeline.close();
    servers.close();
  }

  @AfterEach
  void scorersLeave() {
    for (String scorer : List.of("a", "b")) {
      scorers.send(new ProducerRecord<>(Topics.STATUS, scorer, null));
    }
    scorers.flush();
    await().atMost(LIMIT).until(() -> scorerNode(service).get("scorers").isEmpty());
  }

  private static Answer post(Service to, String body) {
    return Service.send(
        HttpRequest.newBuilder(to.uri("/v1/model"))
            .timeout(LIMIT)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body))
            .build());
  }

  private static void says(
      String scorer, ScoredTicket.Model model, long epoch, ScorerStatus.State state) {
    ScorerStatus status =
        new ScorerStatus(
            scorer,
            model,
            epoch,
            state,
            state == ScorerStatus.State.REFUSED ? "It is broken." : null,
            null,
            Instant.now());
    scorers.send(new ProducerRecord<>(Topics.STATUS, scorer, EventJson.write(status)));
    scorers.flush();
    await()
        .atMost(LIMIT)
        .until(
            () -> {
              for (JsonNode one : scorerNode(service).get("scorers")) {
                if (one.get("scorer").stringValue().equals(scorer)
                    && one.get("epoch").longValue() == epoch
                    && one.at("/model/digest").stringValue().equals(model.digest())) {
                  return true;
                }
              }
              return false;
            });
  }

  private static JsonNode scorerNode(Service of) {
    return of.get("/status").json().get("scorer");
  }

  private static long newestEpoch() throws IOException {
    List<ModelCommand> commands = commands();
    return commands.isEmpty() ? 0 : commands.get(commands.size() - 1).epoch();
  }

  /** Those that are committed, in their order. */
  private static List<ModelCommand> commands() throws IOException {
    List<ModelCommand> commands = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of(
                "bootstrap.servers",
                servers.addresses().kafka(),
                "isolation.level",
                "read_committed",
                "auto.offset.reset",
                "earliest"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          IntStream.range(0, Topics.PARTITIONS)
              .mapToObj(partition -> new TopicPartition(Topics.COMMANDS, partition))
              .toList();
      consumer.assign(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (ends.entrySet().stream()
          .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
          assertThat(new String(record.key(), StandardCharsets.UTF_8)).isEqualTo(ModelCommand.KEY);
          commands.add(ModelCommand.fromRecord(record.value()));
        }
      }
    }
    return commands;
  }

  @Test
  @Order(1)
  void withoutACommandThereIsNothingToGoBackFrom() throws IOException {
    Answer answer = post(service, "{\"rollback\": true}");

    assertThat(answer.status()).isEqualTo(409);
    assertThat(answer.json().get("detail").stringValue()).contains("No model was ever commanded");
    assertThat(commands()).isEmpty();
    assertThat(scorerNode(service).has("commanded")).isFalse();
  }

  @Test
  @Order(2)
  void forwardBackAndForwardAgainWhicheverInstanceIsAsked() throws IOException {
    String digest = "a".repeat(64);
    Answer first = post(service, "{\"path\": \"desk-1\"}");
    Answer forward = post(second, "{\"path\": \"desk-2\", \"digest\": \"" + digest + "\"}");
    Answer back = post(service, "{\"rollback\": true}");
    Answer again = post(second, "{\"rollback\": true}");

    assertThat(List.of(first, forward, back, again))
        .allSatisfy(
            answer -> {
              assertThat(answer.status()).as(answer.body()).isEqualTo(202);
              assertThat(answer.header("location")).isEqualTo("/status");
            });
    assertThat(first.json().toString()).isEqualTo("{\"epoch\":1,\"path\":\"desk-1\"}");
    assertThat(back.json().toString()).isEqualTo("{\"epoch\":3,\"path\":\"desk-1\"}");
    assertThat(again.json().get("digest").stringValue()).isEqualTo(digest);
    assertThat(commands())
        .extracting(ModelCommand::epoch, ModelCommand::path, ModelCommand::digest)
        .containsExactly(
            tuple(1L, "desk-1", null),
            tuple(2L, "desk-2", digest),
            tuple(3L, "desk-1", null),
            tuple(4L, "desk-2", digest));
    for (Service one : List.of(service, second)) {
      await().atMost(LIMIT).until(() -> scorerNode(one).at("/commanded/epoch").asLong(0) == 4);
    }
  }

  private static org.assertj.core.groups.Tuple tuple(@Nullable Object... values) {
    return org.assertj.core.groups.Tuple.tuple(values);
  }

  @Test
  void commandsGivenAtTheSameTimeAreNumberedWithoutAGapOrARepetition() throws IOException {
    long before = newestEpoch();
    List<CompletableFuture<Answer>> asked = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      Service one = i % 2 == 0 ? service : second;
      String body = "{\"path\": \"same-time-" + i + "\"}";
      asked.add(CompletableFuture.supplyAsync(() -> post(one, body)));
    }
    List<Answer> answers = asked.stream().map(CompletableFuture::join).toList();

    List<Answer> given = answers.stream().filter(answer -> answer.status() == 202).toList();
    assertThat(answers).extracting(Answer::status).containsOnly(202, 409);
    assertThat(given).isNotEmpty();
    List<ModelCommand> commands =
        commands().stream().filter(command -> command.epoch() > before).toList();
    assertThat(commands)
        .extracting(ModelCommand::epoch)
        .containsExactlyElementsOf(
            IntStream.rangeClosed(1, given.size()).mapToObj(i -> before + i).toList());
    assertThat(given)
        .extracting(answer -> answer.json().get("path").stringValue())
        .containsExactlyInAnyOrderElementsOf(
            commands.stream().map(command -> String.valueOf(command.path())).toList());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\'',
      value = {
        "nonsense | as JSON",
        "[] | JSON object",
        "{} | no path",
        "{\"path\": 7} | path must be a string",
        "{\"path\": \"\"} | 1 to 1024",
        "{\"path\": \"../../etc\"} | upwards",
        "{\"path\": \"a/..\\\\b\"} | upwards",
        "{\"path\": \"a\\u0000b\"} | control",
        "{\"path\": \"a\\nb\"} | control",
        "{\"path\": \"a\", \"digest\": \"abc\"} | 64 of",
        "{\"path\": \"a\", \"digest\": 5} | digest must be a string",
        "{\"rollback\": \"yes\"} | true or false",
        "{\"rollback\": true, \"path\": \"a\"} | without path",
        "{\"rollback\": false} | no path"
      })
  void whatCantBeMeantIsRefusedAndSaidWhy(String body, String why) throws IOException {
    long before = newestEpoch();

    Answer answer = post(service, body);

    assertThat(answer.status()).as(answer.body()).isEqualTo(400);
    assertThat(answer.json().get("detail").stringValue()).contains(why);
    assertThat(newestEpoch()).isEqualTo(before);
  }

  @Test
  void aPathThatIsTooLongIsRefused() {
    assertThat(post(service, "{\"path\": \"" + "a".repeat(1_025) + "\"}").status()).isEqualTo(400);
  }

  @Test
  void theStatusTellsWhetherEveryScorerDidIt() {
    long epoch = post(service, "{\"path\": \"desk-3\"}").json().get("epoch").longValue();
    await()
        .atMost(LIMIT)
        .until(() -> scorerNode(service).at("/commanded/epoch").asLong(0) == epoch);
    assertThat(scorerNode(service).at("/commanded/done").booleanValue()).isFalse();

    says("a", OTHER, epoch, ScorerStatus.State.SERVING);
    says("b", StandInPipeline.MODEL, epoch - 1, ScorerStatus.State.SERVING);
    assertThat(scorerNode(service).at("/commanded/done").booleanValue()).isFalse();

    says("b", StandInPipeline.MODEL, epoch, ScorerStatus.State.REFUSED);
    JsonNode scorer = scorerNode(service);
    assertThat(scorer.at("/commanded/done").booleanValue()).isFalse();
    assertThat(scorer.at("/commanded/path").stringValue()).isEqualTo("desk-3");
    assertThat(scorer.at("/scorers/1/state").stringValue()).isEqualTo("refused");
    assertThat(scorer.at("/scorers/1/problem").stringValue()).isEqualTo("It is broken.");
    assertThat(scorer.at("/scorers/0/model/digest").stringValue()).isEqualTo(OTHER.digest());
    assertThat(service.get("/status").status())
        .as("tickets are scored all the same")
        .isEqualTo(200);

    scorers.send(new ProducerRecord<>(Topics.STATUS, "b", null));
    scorers.flush();
    await().atMost(LIMIT).until(() -> scorerNode(service).at("/commanded/done").booleanValue());
  }

  private static boolean cached(String text) {
    Answer answer =
        service.score(EventJson.mapper().createObjectNode().put("text", text).toString());
    assertThat(answer.status()).isEqualTo(200);
    return answer.json().get("cached").booleanValue();
  }

  @Test
  void noAnswerComesFromTheCacheOfAModelThatNoLongerScores() {
    String text = "Does the cache know? " + UUID.randomUUID();
    assertThat(cached(text)).isFalse();
    await("as before scorers said anything").atMost(LIMIT).until(() -> cached(text));

    says("a", StandInPipeline.MODEL, 0, ScorerStatus.State.SERVING);
    assertThat(cached(text)).as("they use the model that answered").isTrue();

    says("b", OTHER, 0, ScorerStatus.State.SERVING);
    assertThat(cached(text)).as("they go over to another").isFalse();

    says("a", OTHER, 0, ScorerStatus.State.SERVING);
    assertThat(cached(text)).as("they use another").isFalse();

    says("a", StandInPipeline.MODEL, 0, ScorerStatus.State.SERVING);
    says("b", StandInPipeline.MODEL, 0, ScorerStatus.State.SERVING);
    assertThat(cached(text)).as("they went back").isTrue();
  }
}
