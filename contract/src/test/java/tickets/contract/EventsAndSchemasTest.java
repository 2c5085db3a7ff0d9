package tickets.contract;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

@DisplayName("Schemas, records and examples say the same")
class EventsAndSchemasTest {

  private static final Instant RECEIVED = Instant.parse("2026-11-25T06:47:12.345678Z");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ticket.minimal",
        "ticket.subject-body",
        "scored-ticket",
        "rejection",
        "erasure",
        "correction",
        "explanation-request",
        "explanation",
        "model-command",
        "scorer-status"
      })
  void everyExampleFitsItsSchema(String example) throws IOException {
    assertFits(example.replaceAll("\\..*", ""), resource("/examples/" + example + ".json"));
  }

  @Test
  void scoredTicketReadAndWrittenAgainIsTheExample() throws IOException {
    String example = resource("/examples/scored-ticket.json");
    ScoredTicket read = EventJson.readScored(example.getBytes(StandardCharsets.UTF_8));
    assertThat(json(EventJson.write(read)))
        .isEqualTo(json(example.getBytes(StandardCharsets.UTF_8)));
    assertThat(read.textSha256()).isEqualTo(Sha256.hex(String.valueOf(read.text())));
    assertThat(EventJson.readOutcome(EventJson.write(read))).isEqualTo(read);
  }

  @Test
  void decisionSurvivesTheWayAndItsAbsenceToo() throws IOException {
    ScoredTicket costly = decided(new ScoredTicket.Decision("costs", 0.75, 1.25, true));
    assertThat(EventJson.readScored(EventJson.write(costly)).decision())
        .isEqualTo(costly.decision());
    assertThat(EventJson.readScored(EventJson.write(costly.withoutText())).decision())
        .isEqualTo(costly.decision());
    assertThat(EventJson.readScored(EventJson.write(scored())).decision()).isNull();
    assertThat(new String(EventJson.write(scored()), StandardCharsets.UTF_8))
        .doesNotContain("\"decision\"");
  }

  @Test
  void rejectionReadAndWrittenAgainIsTheExample() throws IOException {
    String example = resource("/examples/rejection.json");
    Rejection read = EventJson.readRejection(example.getBytes(StandardCharsets.UTF_8));
    assertThat(json(EventJson.write(read)))
        .isEqualTo(json(example.getBytes(StandardCharsets.UTF_8)));
    assertThat(EventJson.readOutcome(EventJson.write(read))).isEqualTo(read);
  }

  @ParameterizedTest
  @MethodSource
  void whatTheRecordsWriteFitsTheSchema(String schema, Outcome outcome) throws IOException {
    assertFits(schema, new String(EventJson.write(outcome), StandardCharsets.UTF_8));
  }

  static Stream<Arguments> whatTheRecordsWriteFitsTheSchema() {
    return Stream.of(
        Arguments.of("scored-ticket", scored()),
        Arguments.of(
            "scored-ticket", decided(new ScoredTicket.Decision("argmax", 0.5, null, false))),
        Arguments.of("scored-ticket", decided(new ScoredTicket.Decision("costs", 0, 1.25, true))),
        Arguments.of("scored-ticket", scored().withoutText()),
        Arguments.of("scored-ticket", scored().withoutPriorities()),
        Arguments.of("scored-ticket", scored().withoutTextAndHash()),
        Arguments.of("rejection", rejection(new byte[100_000])),
        Arguments.of("rejection", rejection(null)),
        Arguments.of("scored-ticket", scored().erased(RECEIVED)),
        Arguments.of("rejection", rejection(new byte[3]).withoutOriginal()),
        Arguments.of("rejection", rejection(new byte[3]).erased(RECEIVED)));
  }

  @Test
  void anErasureReadAndWrittenAgainIsTheExample() throws IOException {
    byte[] example = resource("/examples/erasure.json").getBytes(StandardCharsets.UTF_8);
    assertThat(json(EventJson.write(Erasure.fromRecord(null, example)))).isEqualTo(json(example));
  }

  @Test
  void explanationsReadAndWrittenAgainAreTheExamples() throws IOException {
    byte[] request =
        resource("/examples/explanation-request.json").getBytes(StandardCharsets.UTF_8);
    assertThat(json(EventJson.write(ExplanationRequest.read(request)))).isEqualTo(json(request));
    byte[] example = resource("/examples/explanation.json").getBytes(StandardCharsets.UTF_8);
    Explanation read = Explanation.read(example);
    assertThat(json(EventJson.write(read))).isEqualTo(json(example));
    assertFits(
        "explanation",
        new String(
            EventJson.write(Explanation.failed(ExplanationRequest.read(request), "Why.")),
            StandardCharsets.UTF_8));
    assertThatThrownBy(() -> ExplanationRequest.read("{\"text\": \"geheim\"}".getBytes(UTF_8)))
        .isInstanceOf(IOException.class)
        .hasMessageNotContaining("geheim");
  }

  @Test
  void aCorrectionReadAndWrittenAgainIsTheExample() throws IOException {
    byte[] example = resource("/examples/correction.json").getBytes(StandardCharsets.UTF_8);
    Instant brokerTime = Instant.parse("2026-11-26T09:15:02.118Z");
    Correction read = Correction.fromRecord(null, example, brokerTime);
    assertThat(json(EventJson.write(read))).isEqualTo(json(example));
    assertFits("correction", new String(EventJson.write(read.anonymous()), StandardCharsets.UTF_8));
  }

  @Test
  void aModelCommandReadAndWrittenAgainIsTheExample() throws IOException {
    byte[] example = resource("/examples/model-command.json").getBytes(StandardCharsets.UTF_8);
    assertThat(json(EventJson.write(ModelCommand.fromRecord(example)))).isEqualTo(json(example));
  }

  @Test
  void theCommandToGoBackToTheStartFitsTheSchema() throws IOException {
    ModelCommand first =
        new ModelCommand(1, null, null, ModelCommand.Target.OF_THE_START, RECEIVED, null);
    assertFits("model-command", new String(EventJson.write(first), StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "{}",
        "{\"epoch\": 1, \"requested_at\": \"2026-11-26T09:15:02.118Z\"}",
        "{\"epoch\": 0, \"previous\": {}, \"requested_at\": \"2026-11-26T09:15:02.118Z\"}"
      })
  void whatLacksPartsIsNoModelCommand(String value) {
    assertThatThrownBy(() -> ModelCommand.fromRecord(value.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(IOException.class);
  }

  @Test
  void aScorerStatusReadAndWrittenAgainIsTheExample() throws IOException {
    byte[] example = resource("/examples/scorer-status.json").getBytes(StandardCharsets.UTF_8);
    assertThat(json(EventJson.write(ScorerStatus.fromRecord(example)))).isEqualTo(json(example));
  }

  @Test
  void aLongProblemIsCutToWhatTheSchemaAllows() throws IOException {
    ScorerStatus status =
        new ScorerStatus(
            "a",
            scored().model(),
            1,
            ScorerStatus.State.REFUSED,
            "x".repeat(5_000),
            scored().model(),
            RECEIVED);
    assertFits("scorer-status", new String(EventJson.write(status), StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "null", "[]", "{", "{\"task_id\": \"no id\"}", "{\"task_id\": []}"})
  void whatNamesNoTicketIsNoErasure(String value) {
    assertThatThrownBy(() -> Erasure.fromRecord(null, value.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(IOException.class);
  }

  @Test
  void anErasureMeansWhatWasReceivedUntilThenByTheLaterOfTwoClocks() throws IOException {
    Erasure plain = Erasure.fromRecord("a".getBytes(StandardCharsets.UTF_8), new byte[] {'{', '}'});
    assertThat(plain.taskId()).isEqualTo("a");
    assertThat(plain.erasedAt(RECEIVED)).isEqualTo(RECEIVED);
    Erasure known = new Erasure("a", null, null, RECEIVED);
    assertThat(known.erasedAt(RECEIVED.minusMillis(5))).isEqualTo(RECEIVED);
    assertThat(known.erasedAt(RECEIVED.plusMillis(5))).isEqualTo(RECEIVED.plusMillis(5));
  }

  @Test
  void nothingOfAnErasedTicketIsLeftButItsPriority() throws IOException {
    ScoredTicket erased = scored().erased(RECEIVED);
    assertThat(new String(EventJson.write(erased), StandardCharsets.UTF_8))
        .contains("\"task_priority\"")
        .doesNotContain("\"text\"")
        .doesNotContain("text_sha256")
        .doesNotContain(Sha256.hex("text"));
    assertThat(EventJson.readOutcome(EventJson.write(erased)).erasedAt())
        .isEqualTo(RECEIVED.truncatedTo(ChronoUnit.MILLIS));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"text\": null}",
        "{\"text\": 7}",
        "{\"text\": \"\"}",
        "{\"text\": \"a\", \"task_id\": \"no spaces\"}",
        "[1]"
      })
  void whatTheSchemaForbidsTheRulesRefuse(String body) {
    assertThat(schema("ticket").validate(body, InputFormat.JSON)).isNotEmpty();
    assertThatThrownBy(() -> TicketDraft.parse(body.getBytes(StandardCharsets.UTF_8), 10_000))
        .isInstanceOf(InvalidTicket.class);
  }

  @Test
  void everyRejectionCodeIsInTheSchema() throws IOException {
    JsonNode codes =
        json(resource("/schema/rejection.schema.json").getBytes(StandardCharsets.UTF_8))
            .at("/properties/code/enum");
    assertThat(codes.valueStream().map(JsonNode::stringValue))
        .containsExactly(Stream.of(Rejection.Code.values()).map(Enum::name).toArray(String[]::new));
  }

  @Test
  void timesHaveExactlyThreeDigitsSoThatTheySortAsText() {
    JsonNode written = json(EventJson.write(scored()));
    assertThat(written.get("received_at").stringValue()).isEqualTo("2026-11-25T06:47:12.345Z");
    assertThat(written.get("scored_at").stringValue()).isEqualTo("2026-11-25T06:47:13.000Z");
  }

  @Test
  void unknownFieldsAreIgnoredAndMissingOnesRefused() throws IOException {
    String example = resource("/examples/scored-ticket.json");
    String more = example.replaceFirst("\\{", "{\"later_field\": {\"a\": [1]},");
    assertThat(EventJson.readScored(more.getBytes(StandardCharsets.UTF_8)).taskId())
        .isEqualTo("helpdesk:48151");
    assertThatThrownBy(() -> EventJson.readScored("{}".getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> EventJson.readOutcome("nonsense".getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(IOException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "null", "[]", "geheim", "{\"text\": geheim}"})
  void whatIsNoOutcomeIsRefusedWithoutRepeatingIt(String json) {
    assertThatThrownBy(() -> EventJson.readOutcome(json.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(IOException.class)
        .hasMessageNotContaining("geheim");
  }

  @Test
  void onlyTheStartOfALargeOriginalIsKept() {
    Rejection rejection = rejection(new byte[100_000]);
    assertThat(Base64.getDecoder().decode(String.valueOf(rejection.original())))
        .hasSize(Rejection.ORIGINAL_MAX_BYTES);
    assertThat(rejection.originalSize()).isEqualTo(100_000);
    assertThat(rejection.originalSha256()).isEqualTo(Sha256.hex(new byte[100_000]));
  }

  @Test
  void newerMeansHigherOffsetThenLaterDecision() {
    ScoredTicket first = scored(7, RECEIVED);
    assertThat(scored(8, RECEIVED.minusSeconds(5)).isNewerThan(first)).isTrue();
    assertThat(scored(6, RECEIVED.plusSeconds(5)).isNewerThan(first)).isFalse();
    assertThat(scored(7, RECEIVED.plusSeconds(5)).isNewerThan(first)).isTrue();
    assertThat(scored(7, RECEIVED).isNewerThan(first)).isFalse();
  }

  private static void assertFits(String schema, String json) {
    assertThat(schema(schema).validate(json, InputFormat.JSON)).isEmpty();
  }

  private static Schema schema(String name) {
    try {
      return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
          .getSchema(resource("/schema/" + name + ".schema.json"), InputFormat.JSON);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static String resource(String path) throws IOException {
    try (InputStream in = Topics.class.getResourceAsStream(path)) {
      assertThat(in).as(path).isNotNull();
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static JsonNode json(byte[] bytes) {
    return EventJson.mapper().readTree(bytes);
  }

  private static ScoredTicket decided(ScoredTicket.Decision decision) {
    ScoredTicket plain = scored();
    return new ScoredTicket(
        plain.taskId(),
        plain.taskPriority(),
        plain.priorityScore(),
        decision.review() ? "review" : plain.priority(),
        plain.scores(),
        decision,
        plain.model(),
        plain.truncated(),
        plain.cached(),
        plain.receivedAt(),
        plain.scoredAt(),
        plain.stages(),
        plain.textSha256(),
        plain.sourceTopic(),
        plain.sourcePartition(),
        plain.sourceOffset(),
        plain.text(),
        plain.erasedAt());
  }

  private static ScoredTicket scored() {
    return scored(3, RECEIVED.plusMillis(655));
  }

  private static ScoredTicket scored(long offset, Instant scoredAt) {
    Map<String, Double> scores = new LinkedHashMap<>();
    scores.put("LABEL_0", 0.25);
    scores.put("LABEL_1", 0.75);
    return new ScoredTicket(
            "a",
            "LABEL_1",
            0.75,
            "high",
            scores,
            new ScoredTicket.Model(
                "m", "1", Sha256.hex("m"), Map.of("LABEL_0", "low", "LABEL_1", "high")),
            false,
            false,
            RECEIVED,
            scoredAt,
            StageTimes.of(
                Duration.ofMillis(1),
                Duration.ofNanos(1_234_567),
                Duration.ZERO,
                Duration.ofMillis(9)),
            Sha256.hex("text"),
            Topics.TICKETS,
            1,
            offset,
            "text")
        .read("ru", ScoredTicket.LOW, List.of("quote", "signature"));
  }

  private static Rejection rejection(byte[] value) {
    return Rejection.of(
        "a", Rejection.Code.INVALID, "Why.", RECEIVED, RECEIVED, Topics.TICKETS, 0, 9, value);
  }
}
