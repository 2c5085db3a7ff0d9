package tickets.ingest.submit;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.headers.Header;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;
import tickets.contract.InvalidTicket;
import tickets.contract.TicketDraft;
import tickets.contract.TicketHeaders;
import tickets.ingest.IngestProperties;
import tickets.ingest.Refusal;
import tickets.ingest.access.Namespace;
import tickets.ingest.answer.Score;
import tickets.ingest.answer.Why;

/** [1] of a ticket's path: the two ways in over HTTP. */
@RestController
@Tag(name = "Tickets")
final class SubmitTicket {

  static final String WAIT_PATH = "/v1/bert_prediction";
  static final String SUBMIT_PATH = "/v1/bert_prediction_async";
  static final String IDEMPOTENCY_KEY = "Idempotency-Key";
  private final Headroom headroom;
  private final TicketAdmission admission;
  private final ExplainsScore explains;
  private final IngestProperties properties;

  SubmitTicket(
      Headroom headroom,
      TicketAdmission admission,
      ExplainsScore explains,
      IngestProperties properties) {
    this.headroom = headroom;
    this.admission = admission;
    this.explains = explains;
    this.properties = properties;
  }

  @Operation(
      operationId = "score",
      summary = "Score a ticket and wait / Оценить тикет и дождаться ответа",
      description =
          "Answers with the ticket's priority once the pipeline has it. If that takes too long, 504"
              + " says where to fetch it: the ticket is scored and stored all the same. The same"
              + " text sent again soon is answered from the cache, unless the call names its"
              + " ticket. With explain=true the answer says which words speak for it, if that"
              + " comes in time.",
      responses = {
        @ApiResponse(
            responseCode = "200",
            description = "The ticket's priority",
            content =
                @Content(
                    mediaType = MediaType.APPLICATION_JSON_VALUE,
                    schema = @Schema(implementation = Answered.class))),
        @ApiResponse(responseCode = "400", ref = "Problem400"),
        @ApiResponse(responseCode = "413", ref = "Problem413"),
        @ApiResponse(responseCode = "415", ref = "Problem415"),
        @ApiResponse(responseCode = "422", ref = "Problem422"),
        @ApiResponse(responseCode = "500", ref = "Problem500"),
        @ApiResponse(responseCode = "503", ref = "Problem503"),
        @ApiResponse(responseCode = "504", ref = "Problem504")
      })
  @PostMapping(
      path = SubmitTicket.WAIT_PATH,
      consumes = MediaType.APPLICATION_JSON_VALUE,
      produces = MediaType.APPLICATION_JSON_VALUE)
  @TicketBody
  Mono<Answered> score(
      @RequestBody(required = false) Mono<byte[]> body,
      @Parameter(description = "Whether to say which words speak for the priority")
          @RequestParam(name = "explain", defaultValue = "false")
          boolean explain,
      @Parameter(hidden = true) @RequestHeader HttpHeaders headers,
      @Parameter(hidden = true) @RequestAttribute(Namespace.ATTRIBUTE) Namespace namespace) {
    long arrivedNanos = System.nanoTime();
    TraceContext trace = trace(headers);
    return Mono.using(
            () -> headroom.enter(Headroom.Caller.WAITS),
            place ->
                body.defaultIfEmpty(new byte[0])
                    .flatMap(
                        json ->
                            admission
                                .score(
                                    json,
                                    headers.getOrDefault(IDEMPOTENCY_KEY, List.of()),
                                    trace,
                                    namespace,
                                    place)
                                .map(score -> new Scored(score, json))),
            Headroom.Place::close)
        .flatMap(
            scored ->
                explain
                    ? explained(scored, arrivedNanos)
                    : Mono.just(new Answered(scored.score(), null)))
        .map(answer -> answer.named(namespace))
        .onErrorMap(Refusal.class, namespace::outside);
  }

  private record Scored(Score score, byte[] body) {}

  /** With the time that is left to the caller; no explanation is no reason to hold back a score. */
  private Mono<Answered> explained(Scored scored, long arrivedNanos) {
    Duration left = properties.syncTimeout().minusNanos(System.nanoTime() - arrivedNanos);
    String text;
    try {
      text =
          TicketDraft.parse(scored.body(), properties.textMaxChars(), properties.redact()).text();
    } catch (InvalidTicket e) {
      return Mono.error(new IllegalStateException("Scored, and yet no ticket", e));
    }
    return (left.isNegative() ? Mono.<Why>empty() : explains.explain(scored.score(), text, left))
        .map(why -> new Answered(scored.score(), why))
        .defaultIfEmpty(new Answered(scored.score(), null));
  }

  /** The priority, and why if that was asked for. */
  @Schema(
      name = "Answered",
      description = "A ticket's priority, and why if asked. Приоритет и, если спросили, почему.")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Answered(
      @JsonUnwrapped Score score,
      @Schema(
              description =
                  "Which words speak for it; left out unless explain=true, and where it did not"
                      + " come in time: then ask /result/{task_id}/explanation")
          @JsonProperty("explanation")
          @Nullable Why explanation) {

    Answered named(Namespace namespace) {
      String id = namespace.outside(score.taskId());
      return new Answered(
          score.withTaskId(id), explanation == null ? null : explanation.withTaskId(id));
    }
  }

  @Operation(
      operationId = "submit",
      summary = "Submit a ticket / Отправить тикет, не дожидаясь ответа",
      description =
          "Answers as soon as the broker has the ticket on all in-sync replicas. Its priority is"
              + " then at Location.",
      responses = {
        @ApiResponse(
            responseCode = "202",
            description = "The ticket is accepted, durably",
            headers =
                @Header(
                    name = "Location",
                    description = "Where its priority will be, /result/{task_id}",
                    schema = @Schema(type = "string")),
            content =
                @Content(
                    mediaType = MediaType.APPLICATION_JSON_VALUE,
                    schema = @Schema(implementation = Submitted.class))),
        @ApiResponse(responseCode = "400", ref = "Problem400"),
        @ApiResponse(responseCode = "413", ref = "Problem413"),
        @ApiResponse(responseCode = "415", ref = "Problem415"),
        @ApiResponse(responseCode = "422", ref = "Problem422"),
        @ApiResponse(responseCode = "503", ref = "Problem503")
      })
  @PostMapping(
      path = SubmitTicket.SUBMIT_PATH,
      consumes = MediaType.APPLICATION_JSON_VALUE,
      produces = MediaType.APPLICATION_JSON_VALUE)
  @TicketBody
  Mono<ResponseEntity<Submitted>> submit(
      @RequestBody(required = false) Mono<byte[]> body,
      @Parameter(hidden = true) @RequestHeader HttpHeaders headers,
      @Parameter(hidden = true) @RequestAttribute(Namespace.ATTRIBUTE) Namespace namespace) {
    TraceContext trace = trace(headers);
    return Mono.using(
            () -> headroom.enter(Headroom.Caller.DOES_NOT_WAIT),
            place ->
                body.defaultIfEmpty(new byte[0])
                    .flatMap(
                        json ->
                            admission.accept(
                                json,
                                headers.getOrDefault(IDEMPOTENCY_KEY, List.of()),
                                trace,
                                namespace,
                                place)),
            Headroom.Place::close)
        .map(namespace::outside)
        .onErrorMap(Refusal.class, namespace::outside)
        .map(
            id ->
                ResponseEntity.accepted()
                    .location(URI.create("/result/" + id))
                    .body(Submitted.of(id)));
  }

  private static TraceContext trace(HttpHeaders headers) {
    return TraceContext.of(
        headers.getFirst(TicketHeaders.TRACEPARENT), headers.getFirst(TicketHeaders.TRACESTATE));
  }

  /** The replaced service's answer, word for word. */
  @Schema(
      name = "Submitted",
      description = "The ticket is accepted. Тикет принят.",
      example =
          """
          {"task_id":"01935f3e-7c1a-7b6e-9a53-2f1c8f0d4e21","status":"submitted",\
          "priorstatusity_score":"submitted"}\
          """)
  record Submitted(
      @Schema(description = "The ticket's id: ask /result/{task_id}") @JsonProperty("task_id")
          String taskId,
      @Schema(description = "Always \"submitted\"") @JsonProperty("status") String status,
      @Schema(
              description =
                  "Always \"submitted\". A slip in the first contract, kept for its callers; use"
                      + " status.",
              deprecated = true)
          @JsonProperty("priorstatusity_score")
          String priorstatusityScore) {

    static Submitted of(String taskId) {
      return new Submitted(taskId, "submitted", "submitted");
    }
  }
}
