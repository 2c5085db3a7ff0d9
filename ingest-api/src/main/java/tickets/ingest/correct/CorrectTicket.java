package tickets.ingest.correct;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.headers.Header;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.ExampleObject;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.net.URI;
import java.security.Principal;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import tickets.contract.Correction;
import tickets.contract.ScoredTicket;
import tickets.ingest.IngestMeters;
import tickets.ingest.access.Namespace;
import tickets.ingest.answer.PersonsWord;
import tickets.ingest.answer.Score;
import tickets.ingest.answer.ScoreLookup;
import tickets.ingest.answer.TicketState;
import tickets.ingest.status.ServiceStatus;
import tickets.ingest.submit.Confirmed;
import tickets.ingest.submit.TicketsTopic;

/**
 * {@code POST /v1/tickets/{task_id}/correction}: publishes a {@link Correction}. Answered when the
 * broker has it; from then on no score of the ticket overrides it, whichever comes first.
 */
@RestController
@Tag(name = "Tickets")
final class CorrectTicket {

  private static final Logger log = LoggerFactory.getLogger(CorrectTicket.class);

  private final ScoreLookup lookup;
  private final ServiceStatus status;
  private final TicketsTopic topic;
  private final IngestMeters meters;

  CorrectTicket(ScoreLookup lookup, ServiceStatus status, TicketsTopic topic, IngestMeters meters) {
    this.lookup = lookup;
    this.status = status;
    this.topic = topic;
    this.meters = meters;
  }

  @Operation(
      operationId = "correct",
      summary = "Say what a ticket's priority is / Указать верный приоритет тикета",
      description =
          "A person's decision, whether it contradicts the model or confirms it. It is shown beside"
              + " the model's result, counts more than any later score, and becomes labelled data"
              + " for training. Of several the last counts; all are kept. The ticket may still wait"
              + " for its score, or have been rejected.",
      requestBody =
          @io.swagger.v3.oas.annotations.parameters.RequestBody(
              required = true,
              description = "The priority, and who says so",
              content =
                  @Content(
                      mediaType = MediaType.APPLICATION_JSON_VALUE,
                      schema = @Schema(implementation = Body.class),
                      examples = {
                        @ExampleObject(
                            name = "By its name",
                            value = "{\"task_priority\": \"critical\", \"by\": \"Anna Petrova\"}"),
                        @ExampleObject(
                            name = "By the model's label",
                            value = "{\"task_priority\": \"LABEL_3\"}")
                      })),
      responses = {
        @ApiResponse(
            responseCode = "202",
            description = "The correction is accepted, durably",
            headers =
                @Header(
                    name = "Location",
                    description = "Where it is shown, /result/{task_id}",
                    schema = @Schema(type = "string")),
            content =
                @Content(
                    mediaType = MediaType.APPLICATION_JSON_VALUE,
                    schema = @Schema(implementation = Corrected.class))),
        @ApiResponse(responseCode = "400", ref = "Problem400"),
        @ApiResponse(responseCode = "404", ref = "Problem404"),
        @ApiResponse(responseCode = "413", ref = "Problem413"),
        @ApiResponse(responseCode = "415", ref = "Problem415"),
        @ApiResponse(responseCode = "503", ref = "Problem503")
      })
  @PostMapping(
      path = "/v1/tickets/{task_id}/correction",
      consumes = MediaType.APPLICATION_JSON_VALUE,
      produces = MediaType.APPLICATION_JSON_VALUE)
  Mono<ResponseEntity<Corrected>> correct(
      @Parameter(description = "The id from the answer to the ticket", example = "T-1024")
          @PathVariable("task_id")
          String taskId,
      @RequestBody(required = false) Mono<byte[]> json,
      @Parameter(hidden = true) @RequestAttribute(Namespace.ATTRIBUTE) Namespace namespace,
      @Parameter(hidden = true) ServerWebExchange exchange) {
    return Mono.zip(
            json.defaultIfEmpty(new byte[0]).map(CorrectionBody::parse),
            exchange.getPrincipal().map(Principal::getName).defaultIfEmpty(""),
            status.askForModel().singleOptional())
        .flatMap(
            sent -> {
              ScoredTicket.Model model = sent.getT3().orElse(null);
              KnownPriorities known = KnownPriorities.of(model);
              KnownPriorities.Priority meant = known.meantBy(sent.getT1().taskPriority());
              String client = sent.getT2();
              return lookup
                  .find(taskId, namespace)
                  .map(
                      ticket ->
                          new Correction(
                              ticket.taskId(),
                              meant.label(),
                              meant.name(),
                              sent.getT1().by(),
                              client.isEmpty() ? null : client,
                              Instant.now(),
                              modelSaid(ticket, model)))
                  .flatMap(correction -> publish(correction, taskId));
            });
  }

  /** What the person had before them. */
  private static Correction.@Nullable ModelSaid modelSaid(
      TicketState ticket, ScoredTicket.@Nullable Model current) {
    Score score = ticket.score();
    if (score == null) {
      return null;
    }
    ScoredTicket.Model by = score.model();
    if (by == null) {
      return new Correction.ModelSaid(score.taskPriority(), score.priority());
    }
    String name =
        current != null && by.digest().equals(current.digest())
            ? KnownPriorities.of(current).nameOf(score.taskPriority())
            : null;
    return new Correction.ModelSaid(
        score.taskPriority(), name == null ? score.priority() : name, by);
  }

  /**
   * @param calledId what the caller calls the ticket
   */
  private Mono<ResponseEntity<Corrected>> publish(Correction correction, String calledId) {
    return Confirmed.byKafka(topic.publish(correction), "correction", correction.taskId(), calledId)
        .map(
            acceptance -> {
              meters.corrected();
              log.info("Ticket {}: a correction is accepted", correction.taskId());
              return ResponseEntity.accepted()
                  .location(URI.create("/result/" + calledId))
                  .body(
                      new Corrected(
                          calledId, PersonsWord.of(correction.at(acceptance.receivedAt()))));
            });
  }

  /** The fields of the body; {@link CorrectionBody} reads it. */
  @Schema(name = "CorrectionBody", description = "What a ticket's priority is. Верный приоритет.")
  private record Body(
      @Schema(
              description =
                  "The model's label or its readable name, in any case; /status lists both",
              example = "critical")
          @JsonProperty("task_priority")
          String taskPriority,
      @Schema(description = "Who says so: up to 100 characters, shown with the result")
          @JsonProperty("by")
          @Nullable String by) {}

  /** The answer. */
  @Schema(name = "Corrected", description = "The correction is accepted. Исправление принято.")
  record Corrected(
      @Schema(description = "The ticket") @JsonProperty("task_id") String taskId,
      @Schema(description = "What counts from now on") @JsonProperty("correction")
          PersonsWord correction) {}
}
