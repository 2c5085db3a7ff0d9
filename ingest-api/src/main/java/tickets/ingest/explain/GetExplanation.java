package tickets.ingest.explain;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;
import tickets.ingest.Refusal;
import tickets.ingest.access.Namespace;
import tickets.ingest.answer.ScoreLookup;
import tickets.ingest.answer.TicketState;
import tickets.ingest.answer.Why;

/** {@code GET /result/{task_id}/explanation}: which words speak for a ticket's priority. */
@RestController
@Tag(name = "Tickets")
final class GetExplanation {

  private final ScoreLookup lookup;
  private final KeptText texts;
  private final AskScorers scorers;

  GetExplanation(ScoreLookup lookup, KeptText texts, AskScorers scorers) {
    this.lookup = lookup;
    this.texts = texts;
    this.scorers = scorers;
  }

  @Operation(
      operationId = "getExplanation",
      summary = "Why a ticket has its priority / Почему у тикета такой приоритет",
      description =
          "What the label's probability loses without each word of the text: worked out now, by the"
              + " model that scores now. 409 while the ticket has no score, and where its text is"
              + " not kept.",
      responses = {
        @ApiResponse(
            responseCode = "200",
            description = "The words and what they weigh",
            content =
                @Content(
                    mediaType = MediaType.APPLICATION_JSON_VALUE,
                    schema = @Schema(implementation = Why.class))),
        @ApiResponse(responseCode = "404", ref = "Problem404"),
        @ApiResponse(responseCode = "409", ref = "Problem409"),
        @ApiResponse(responseCode = "500", ref = "Problem500"),
        @ApiResponse(responseCode = "503", ref = "Problem503"),
        @ApiResponse(responseCode = "504", ref = "Problem504")
      })
  @GetMapping(path = "/result/{task_id}/explanation", produces = MediaType.APPLICATION_JSON_VALUE)
  Mono<Why> get(
      @Parameter(description = "The id from the answer to the ticket", example = "T-1024")
          @PathVariable("task_id")
          String taskId,
      @Parameter(hidden = true) @RequestAttribute(Namespace.ATTRIBUTE) Namespace namespace) {
    return lookup
        .find(taskId, namespace)
        .flatMap(
            ticket ->
                requireScore(ticket)
                    .then(Mono.defer(() -> texts.of(ticket.taskId())))
                    .flatMap(text -> scorers.explain(ticket.taskId(), text)))
        .map(why -> why.withTaskId(taskId))
        .onErrorMap(Refusal.class, namespace::outside);
  }

  private static Mono<Void> requireScore(TicketState ticket) {
    return ticket.score() != null
        ? Mono.empty()
        : Mono.error(
            Refusal.of(
                Refusal.Reason.NOT_SCORED,
                ticket.rejected() == null
                    ? "This ticket has no score yet that could be explained. Ask again."
                    : "This ticket was rejected: there is no score to explain.",
                ticket.taskId()));
  }
}
