package tickets.ingest.erase;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.headers.Header;
import io.swagger.v3.oas.annotations.media.Content;
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
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import tickets.contract.Erasure;
import tickets.contract.TopicRetention;
import tickets.ingest.IngestMeters;
import tickets.ingest.IngestProperties;
import tickets.ingest.access.Namespace;
import tickets.ingest.answer.ScoreLookup;
import tickets.ingest.answer.TicketState;
import tickets.ingest.submit.Confirmed;
import tickets.ingest.submit.TicketsTopic;

/**
 * {@code DELETE /v1/tickets/{task_id}}: publishes an {@link Erasure}, on which every service acts.
 * Answered when the broker has it: from then on nothing that is read again brings the text back.
 */
@RestController
@Tag(name = "Tickets")
final class EraseTicket {

  private static final Logger log = LoggerFactory.getLogger(EraseTicket.class);

  private final ScoreLookup lookup;
  private final TicketsTopic topic;
  private final TopicRetention retention;
  private final IngestMeters meters;

  EraseTicket(
      ScoreLookup lookup, TicketsTopic topic, IngestProperties properties, IngestMeters meters) {
    this.lookup = lookup;
    this.topic = topic;
    this.retention = properties.retention();
    this.meters = meters;
  }

  @Operation(
      operationId = "erase",
      summary = "Forget a ticket's text / Забыть текст тикета",
      description =
          "The text, and every hash of it, is removed from the database, the cache and the results"
              + " within moments; its priority stays. The topics that hold what was sent forget it"
              + " by forgotten_by at the latest, and nothing that is read again meanwhile brings it"
              + " back. Repeating the call does no harm. A ticket sent later under the same id is a"
              + " new one and is kept.",
      responses = {
        @ApiResponse(
            responseCode = "202",
            description = "The erasure is accepted, durably",
            headers =
                @Header(
                    name = "Location",
                    description = "What is left of the ticket, /result/{task_id}",
                    schema = @Schema(type = "string")),
            content =
                @Content(
                    mediaType = MediaType.APPLICATION_JSON_VALUE,
                    schema = @Schema(implementation = Erasing.class))),
        @ApiResponse(responseCode = "404", ref = "Problem404"),
        @ApiResponse(responseCode = "503", ref = "Problem503")
      })
  @DeleteMapping(path = "/v1/tickets/{task_id}", produces = MediaType.APPLICATION_JSON_VALUE)
  Mono<ResponseEntity<Erasing>> erase(
      @Parameter(description = "The id from the answer to the ticket", example = "T-1024")
          @PathVariable("task_id")
          String taskId,
      @Parameter(hidden = true) @RequestAttribute(Namespace.ATTRIBUTE) Namespace namespace,
      @Parameter(hidden = true) ServerWebExchange exchange) {
    return lookup
        .find(taskId, namespace)
        .zipWith(exchange.getPrincipal().map(Principal::getName).defaultIfEmpty(""))
        .flatMap(
            known ->
                publish(known.getT1(), taskId, known.getT2().isEmpty() ? null : known.getT2()));
  }

  /**
   * @param calledId what the caller calls the ticket
   */
  private Mono<ResponseEntity<Erasing>> publish(
      TicketState ticket, String calledId, @Nullable String by) {
    Erasure erasure = new Erasure(ticket.taskId(), Instant.now(), by, ticket.receivedAt());
    return Confirmed.byKafka(topic.publish(erasure), "erasure", ticket.taskId(), calledId)
        .map(
            at -> {
              meters.erased();
              log.info("Ticket {}: its erasure is accepted", ticket.taskId());
              return ResponseEntity.accepted()
                  .location(URI.create("/result/" + calledId))
                  .body(Erasing.of(calledId, retention.forgottenBy(at)));
            });
  }

  /** What happens now. */
  @Schema(
      name = "Erasing",
      description = "The ticket's text is being forgotten. Текст тикета удаляется.",
      example =
          """
          {"task_id":"T-1024","status":"erasing","forgotten_by":"2026-12-26T11:15:30.120Z"}""")
  record Erasing(
      @Schema(description = "The ticket") @JsonProperty("task_id") String taskId,
      @Schema(description = "Always \"erasing\"") @JsonProperty("status") String status,
      @Schema(
              description =
                  "When the last topic has forgotten it: TOPIC_RETENTION, one day (how long the"
                      + " broker writes into one file), and an hour")
          @JsonProperty("forgotten_by")
          Instant forgottenBy) {

    static Erasing of(String taskId, Instant forgottenBy) {
      return new Erasing(taskId, "erasing", forgottenBy);
    }
  }
}
