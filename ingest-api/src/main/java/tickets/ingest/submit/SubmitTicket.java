package tickets.ingest.submit;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.headers.Header;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.net.URI;
import java.util.List;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;
import tickets.contract.TicketHeaders;
import tickets.ingest.Refusal;
import tickets.ingest.access.Namespace;
import tickets.ingest.answer.Score;

/** [1] of a ticket's path: the two ways in over HTTP. */
@RestController
@Tag(name = "Tickets")
final class SubmitTicket {

  static final String WAIT_PATH = "/v1/bert_prediction";
  static final String SUBMIT_PATH = "/v1/bert_prediction_async";
  static final String IDEMPOTENCY_KEY = "Idempotency-Key";
  private final Headroom headroom;
  private final TicketAdmission admission;

  SubmitTicket(Headroom headroom, TicketAdmission admission) {
    this.headroom = headroom;
    this.admission = admission;
  }

  @Operation(
      operationId = "score",
      summary = "Score a ticket and wait / Оценить тикет и дождаться ответа",
      description =
          "Answers with the ticket's priority once the pipeline has it. If that takes too long, 504"
              + " says where to fetch it: the ticket is scored and stored all the same. The same"
              + " text sent again soon is answered from the cache, unless the call names its"
              + " ticket.",
      responses = {
        @ApiResponse(
            responseCode = "200",
            description = "The ticket's priority",
            content =
                @Content(
                    mediaType = MediaType.APPLICATION_JSON_VALUE,
                    schema = @Schema(implementation = Score.class))),
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
  Mono<Score> score(
      @RequestBody(required = false) Mono<byte[]> body,
      @Parameter(hidden = true) @RequestHeader HttpHeaders headers,
      @Parameter(hidden = true) @RequestAttribute(Namespace.ATTRIBUTE) Namespace namespace) {
    TraceContext trace = trace(headers);
    return Mono.using(
            () -> headroom.enter(Headroom.Caller.WAITS),
            place ->
                body.defaultIfEmpty(new byte[0])
                    .flatMap(
                        json ->
                            admission.score(
                                json,
                                headers.getOrDefault(IDEMPOTENCY_KEY, List.of()),
                                trace,
                                namespace,
                                place)),
            Headroom.Place::close)
        .map(score -> score.withTaskId(namespace.outside(score.taskId())))
        .onErrorMap(Refusal.class, namespace::outside);
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
