package tickets.ingest.status;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonValue;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import tickets.contract.ConsumerGroups;
import tickets.contract.Lane;
import tickets.contract.ModelCommand;
import tickets.contract.ScoredTicket;
import tickets.contract.ScorerStatus;
import tickets.ingest.Refusal;
import tickets.ingest.model.ScorerReports;

/** {@code GET /status}: for people and monitors. Probes are on the management port. */
@RestController
@Tag(name = "Service")
final class GetStatus {

  private static final List<String> SINK_GROUPS =
      List.of(ConsumerGroups.SINK_TICKETS, ConsumerGroups.SINK_POSTGRES, ConsumerGroups.SINK_REDIS);

  private final ServiceStatus status;
  private final PipelineProof proof;
  private final ScorerReports reports;

  GetStatus(ServiceStatus status, PipelineProof proof, ScorerReports reports) {
    this.reports = reports;
    this.status = status;
    this.proof = proof;
  }

  @Operation(
      operationId = "getStatus",
      summary = "State of the service and its components / Состояние сервиса",
      description =
          "200 while a ticket can be accepted and scored (state up or degraded), else 503 with the"
              + " same fields in the problem. As it was a second ago.",
      responses = {
        @ApiResponse(
            responseCode = "200",
            description = "A ticket can be accepted and scored",
            content =
                @Content(
                    mediaType = MediaType.APPLICATION_JSON_VALUE,
                    schema = @Schema(implementation = Status.class))),
        @ApiResponse(responseCode = "503", ref = "Problem503")
      })
  @GetMapping(path = "/status", produces = MediaType.APPLICATION_JSON_VALUE)
  Status get() {
    Status now = now();
    return switch (now.state()) {
      case UP, DEGRADED -> now;
      case STARTING ->
          throw refusal("No ticket of this run has gone through yet. Wait a moment.", now);
      case DOWN -> throw refusal(why(now), now);
    };
  }

  private Status now() {
    Component kafka = component(ServiceStatus.KAFKA);
    Component postgres = component(ServiceStatus.POSTGRES);
    Component redis = component(ServiceStatus.REDIS);
    Scorer scorer = scorer();
    Sink sink = sink();
    State state;
    if (kafka.state() != State.UP || scorer.state() != State.UP) {
      state = State.DOWN;
    } else if (!proof.isProved()) {
      state = State.STARTING;
    } else if (sink.state() != State.UP
        || postgres.state() != State.UP
        || redis.state() != State.UP) {
      state = State.DEGRADED;
    } else {
      state = State.UP;
    }
    return new Status(state, kafka, scorer, sink, postgres, redis);
  }

  private Component component(String name) {
    String failure = status.failure(name);
    return new Component(failure == null ? State.UP : State.DOWN, failure);
  }

  private Scorer scorer() {
    boolean works = true;
    Integer members = null;
    Long lag = null;
    for (Lane lane : Lane.values()) {
      KafkaGroups.Group group = status.group(lane.scorerGroup());
      works &= group != null && group.works();
      if (group != null) {
        members = members == null ? group.members() : Math.min(members, group.members());
        lag = (lag == null ? 0 : lag) + group.lag();
      }
    }
    return new Scorer(
        works ? State.UP : State.DOWN, members, lag, status.model(), switching(), scorers());
  }

  private @Nullable Switching switching() {
    ModelCommand commanded = reports.commanded();
    List<ScorerStatus> scorers = reports.scorers();
    return commanded == null
        ? null
        : new Switching(
            commanded.epoch(),
            commanded.path(),
            commanded.digest(),
            commanded.requestedAt(),
            !scorers.isEmpty() && scorers.stream().allMatch(one -> obeys(one, commanded)));
  }

  private static boolean obeys(ScorerStatus scorer, ModelCommand commanded) {
    return scorer.epoch() == commanded.epoch() && scorer.state() == ScorerStatus.State.SERVING;
  }

  private List<ScorerModel> scorers() {
    return reports.scorers().stream()
        .map(
            one ->
                new ScorerModel(
                    one.scorer(),
                    one.model(),
                    one.epoch(),
                    one.state().name().toLowerCase(Locale.ROOT),
                    one.problem(),
                    one.shadow()))
        .toList();
  }

  private Sink sink() {
    Map<String, Long> lag = new LinkedHashMap<>();
    boolean works = true;
    for (String id : SINK_GROUPS) {
      KafkaGroups.Group group = status.group(id);
      works &= group != null && group.works();
      if (group != null) {
        lag.put(id, group.lag());
      }
    }
    return new Sink(works ? State.UP : State.DOWN, lag);
  }

  private static String why(Status now) {
    if (now.kafka().state() != State.UP) {
      return "Kafka does not answer, so no ticket can be accepted.";
    }
    Integer members = now.scorer().members();
    return members == null || members == 0
        ? "No scorer runs. Tickets are accepted and scored when one does."
        : "The scorer is being rebalanced. Wait a moment.";
  }

  private static Refusal refusal(String detail, Status now) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("state", now.state());
    fields.put("kafka", now.kafka());
    fields.put("scorer", now.scorer());
    fields.put("sink", now.sink());
    fields.put("postgres", now.postgres());
    fields.put("redis", now.redis());
    return Refusal.of(Refusal.Reason.NOT_READY, detail).with(fields);
  }

  enum State {
    UP,
    /** Tickets are scored, but a store or the sink is away: answers may come late. */
    DEGRADED,
    STARTING,
    DOWN;

    @JsonValue
    String json() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Schema(name = "Status", description = "State of the service. Состояние сервиса.")
  record Status(
      @Schema(description = "up, degraded (tickets are scored, a store is away), starting or down")
          @JsonProperty("state")
          State state,
      @Schema(description = "Whether Kafka answers") @JsonProperty("kafka") Component kafka,
      @Schema(description = "Whether tickets are scored") @JsonProperty("scorer") Scorer scorer,
      @Schema(description = "Whether outcomes are stored") @JsonProperty("sink") Sink sink,
      @Schema(description = "Whether PostgreSQL answers and has its tables")
          @JsonProperty("postgres")
          Component postgres,
      @Schema(description = "Whether Redis answers") @JsonProperty("redis") Component redis) {}

  @Schema(name = "Component", description = "A server the pipeline rests on")
  record Component(
      @Schema(description = "up or down") @JsonProperty("state") State state,
      @Schema(description = "Why it is down") @JsonProperty("detail") @Nullable String detail) {}

  @Schema(name = "Scorer", description = "The consumer groups that score")
  record Scorer(
      @Schema(description = "up or down") @JsonProperty("state") State state,
      @Schema(description = "Stream threads at work for each topic, over all processes")
          @JsonProperty("members")
          @Nullable Integer members,
      @Schema(description = "Tickets on both topics not scored yet") @JsonProperty("lag")
          @Nullable Long lag,
      @Schema(description = "The model that scored last") @JsonProperty("model")
          ScoredTicket.@Nullable Model model,
      @Schema(description = "What is commanded; absent if nothing ever was")
          @JsonProperty("commanded")
          @Nullable Switching commanded,
      @Schema(description = "What each scorer uses, of those that said something within 35 s")
          @JsonProperty("scorers")
          List<ScorerModel> scorers) {}

  @Schema(name = "Switching", description = "The newest command to use a model")
  record Switching(
      @Schema(description = "Its number") @JsonProperty("epoch") long epoch,
      @Schema(
              description =
                  "The model's directory; absent: the one that each scorer was started with")
          @JsonProperty("path")
          @Nullable String path,
      @Schema(description = "What its digest has to be, if that was said") @JsonProperty("digest")
          @Nullable String digest,
      @Schema(description = "When it was given") @JsonProperty("requested_at") Instant requestedAt,
      @Schema(description = "Whether every scorer has carried it out") @JsonProperty("done")
          boolean done) {}

  @Schema(name = "ScorerModel", description = "A scorer and its model")
  record ScorerModel(
      @Schema(description = "Names it across its restarts") @JsonProperty("scorer") String scorer,
      @Schema(description = "What scores") @JsonProperty("model") ScoredTicket.Model model,
      @Schema(description = "Number of the newest command it knows, 0 for none")
          @JsonProperty("epoch")
          long epoch,
      @Schema(
              description =
                  "serving: that command is carried out; loading: its model is being loaded;"
                      + " refused: it can't be used, and the model goes on")
          @JsonProperty("state")
          String state,
      @Schema(description = "Why it was refused") @JsonProperty("problem") @Nullable String problem,
      @Schema(description = "The second model, if one scores into ticket-priorities-shadow")
          @JsonProperty("shadow")
          ScoredTicket.@Nullable Model shadow) {}

  @Schema(name = "Sink", description = "The consumer groups that fill the stores")
  record Sink(
      @Schema(description = "up while all three groups have members") @JsonProperty("state")
          State state,
      @Schema(description = "Records not stored yet, by consumer group") @JsonProperty("lag")
          Map<String, Long> lag) {}
}
