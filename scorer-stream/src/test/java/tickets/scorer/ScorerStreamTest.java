package tickets.scorer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import tickets.contract.EventJson;
import tickets.contract.ScoredTicket;
import tickets.contract.Topics;
import tickets.scorer.model.ModelManifest;
import tickets.scorer.model.Precision;
import tickets.scorer.model.ScoredBatch;
import tickets.scorer.model.ScoringEngine;
import tickets.scorer.model.TicketScorer;
import tickets.scorer.model.UnusableModel;

/** The application itself, with the bundled model and a real broker. */
@ExtendWith(OutputCaptureExtension.class)
class ScorerStreamTest {

  @RegisterExtension static final TestKafka kafka = new TestKafka();

  private static final Path MODEL = Path.of("../models/ticket-priority-ru-en");

  @TempDir Path state;

  @Test
  void ticketsAreScoredByTheBundledModelAndProbesAndMetersAnswer(CapturedOutput output)
      throws IOException, InterruptedException {
    kafka.publish(
        List.of(
            TestKafka.ticket(0, "app-ru", "Сайт лежит, клиенты не могут оплатить заказ!"),
            TestKafka.ticket(1, "app-en", "How do I change my avatar? No hurry.")));
    try (ConfigurableApplicationContext app = start(MODEL)) {
      ScoredTicket.Model model =
          kafka.awaitOutcomes(2, outcome -> outcome.taskId().startsWith("app-")).stream()
              .map(arrival -> ((ScoredTicket) arrival.outcome()).model())
              .findFirst()
              .orElseThrow();

      assertThat(model.digest()).isEqualTo(app.getBean(ScoringEngine.class).manifest().digest());
      int port = Integer.parseInt(app.getEnvironment().getRequiredProperty("local.server.port"));
      Awaitility.await("ready")
          .atMost(TestKafka.LIMIT)
          .until(() -> get(port, "/actuator/health/readiness").statusCode() == 200);
      assertThat(get(port, "/actuator/health/liveness").body()).contains("UP");
      assertThat(get(port, "/actuator/prometheus").body())
          .contains("scorer_tickets_scored_total 2.0")
          .contains("scorer_tickets_pending 0.0");
      assertThat(get(port, "/actuator/env").statusCode()).isEqualTo(404);
      assertThat(output).contains("Model ticket-priority-ru-en").contains(model.digest());
      assertThat(output).doesNotContain("avatar");
    }
  }

  @Test
  void itRunsWithoutAWebServerAsInStandalone() {
    try (ConfigurableApplicationContext app =
        start(MODEL, Map.of("spring.main.web-application-type", "none"))) {
      kafka.publish(List.of(TestKafka.ticket(2, "no-web", "The printer is on fire")));

      assertThat(kafka.awaitOutcomes(1, outcome -> outcome.taskId().equals("no-web")))
          .extracting(arrival -> arrival.outcome())
          .hasOnlyElementsOfType(ScoredTicket.class);
      Awaitility.await("it runs")
          .atMost(TestKafka.LIMIT)
          .untilAsserted(
              () ->
                  assertThat(app.getBean(ScorerHealth.class).health().getStatus().getCode())
                      .isEqualTo("UP"));
    }
  }

  @Test
  void withoutAModelItSaysWhatToDoAndDoesNotStart(CapturedOutput output) {
    assertThatThrownBy(() -> start(Path.of("no/such/model")))
        .hasRootCauseInstanceOf(UnusableModel.class);

    assertThat(output)
        .contains("no/such/model is not a directory")
        .contains("Set MODEL_PATH")
        .doesNotContain("\tat ");
  }

  @Test
  void engineThatIsGivenInCodeIsTakenAndNoModelIsLoaded(CapturedOutput output) {
    ScoringEngine given = new GivenEngine(ModelManifest.read(MODEL, Precision.FP32));
    try (ConfigurableApplicationContext app = start(given(given))) {
      assertThat(app.getBean(ScoringEngine.class)).isSameAs(given);
      assertThat(app.getBeansOfType(EarlyModel.Loading.class)).isEmpty();
    }
    assertThat(output).doesNotContain("no/such/model");
  }

  @Test
  void onlyTicketsForWhichNobodyWaitsGiveWay() {
    Map<String, String> ways = new ConcurrentHashMap<>();
    try (TicketScorer model = TicketScorer.load(MODEL, Precision.FP32);
        ConfigurableApplicationContext app = start(given(new WatchedEngine(model, ways)))) {
      kafka.publish(
          List.of(
              TestKafka.ticket(1, "way-event", "of an event"),
              new ProducerRecord<>(
                  Topics.INTERACTIVE,
                  1,
                  "way-call".getBytes(UTF_8),
                  EventJson.write(Map.of("text", "of a call")))));

      kafka.awaitOutcomes(2, outcome -> outcome.taskId().startsWith("way-"));
      assertThat(app.isRunning()).isTrue();
    }
    assertThat(ways).containsEntry("of an event", "gives way").containsEntry("of a call", "first");
  }

  /** Notes how each text was to be scored. */
  private record WatchedEngine(ScoringEngine engine, Map<String, String> ways)
      implements ScoringEngine {
    @Override
    public ModelManifest manifest() {
      return engine.manifest();
    }

    @Override
    public ScoredBatch score(List<String> texts) {
      texts.forEach(text -> ways.put(text, "first"));
      return engine.score(texts);
    }

    @Override
    public ScoredBatch scoreGivingWay(List<String> texts) {
      texts.forEach(text -> ways.put(text, "gives way"));
      return engine.scoreGivingWay(texts);
    }

    @Override
    public double warmUp() {
      return engine.warmUp();
    }

    @Override
    public void close() {}
  }

  /** Scores nothing. */
  private record GivenEngine(ModelManifest manifest) implements ScoringEngine {
    @Override
    public ScoredBatch score(List<String> texts) {
      throw new IllegalStateException("no ticket is sent to it");
    }

    @Override
    public double warmUp() {
      return 1_000;
    }

    @Override
    public void close() {}
  }

  @Test
  void itStartsWithoutKafkaAndSaysThatItWaits(CapturedOutput output) {
    try (ConfigurableApplicationContext app =
        start(MODEL, Map.of("scorer.kafka-bootstrap-servers", "127.0.0.1:9"))) {
      assertThat(app.getBean(ScorerHealth.class).health().getStatus().getCode()).isEqualTo("DOWN");
      Awaitility.await("it says so")
          .atMost(TestKafka.LIMIT)
          .until(() -> output.getAll().contains("Waiting for Kafka at 127.0.0.1:9"));
    }
  }

  private static SpringApplicationBuilder given(ScoringEngine engine) {
    return ScorerStream.application()
        .initializers(
            context ->
                ((GenericApplicationContext) context)
                    .registerBean("given", ScoringEngine.class, () -> engine));
  }

  private ConfigurableApplicationContext start(SpringApplicationBuilder withItsEngine) {
    return start(withItsEngine, Path.of("no/such/model"), Map.of());
  }

  private ConfigurableApplicationContext start(Path model) {
    return start(model, Map.of());
  }

  private ConfigurableApplicationContext start(Path model, Map<String, String> more) {
    return start(ScorerStream.application(), model, more);
  }

  private ConfigurableApplicationContext start(
      SpringApplicationBuilder application, Path model, Map<String, String> more) {
    Map<String, Object> properties =
        new HashMap<>(
            Map.of(
                "scorer.kafka-bootstrap-servers", kafka.servers(),
                "scorer.model-path", model.toString(),
                "scorer.state-dir", state.toString(),
                "server.port", "0"));
    properties.putAll(more);
    return application.run(
        properties.entrySet().stream()
            .map(entry -> "--" + entry.getKey() + "=" + entry.getValue())
            .toArray(String[]::new));
  }

  private static HttpResponse<String> get(int port, String path)
      throws IOException, InterruptedException {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(10))
                .build(),
            HttpResponse.BodyHandlers.ofString());
  }
}
