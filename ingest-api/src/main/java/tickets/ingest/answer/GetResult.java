package tickets.ingest.answer;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.ExampleObject;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;
import tickets.ingest.access.Namespace;

/** {@code GET /result/{task_id}}: what became of a ticket, whichever way it came in. */
@RestController
@Tag(name = "Tickets")
final class GetResult {

  private final ScoreLookup lookup;

  GetResult(ScoreLookup lookup) {
    this.lookup = lookup;
  }

  @Operation(
      operationId = "getResult",
      summary = "What became of a ticket / Что стало с тикетом",
      description =
          "PENDING while the ticket waits, SUCCESS with its priority, FAILURE with the reason. What a"
              + " person said of the priority stands in correction, beside the model's result, and"
              + " counts more. 404 means that no ticket with this id was ever accepted.",
      responses = {
        @ApiResponse(
            responseCode = "200",
            description = "The ticket's state",
            content =
                @Content(
                    mediaType = MediaType.APPLICATION_JSON_VALUE,
                    schema = @Schema(implementation = Result.class),
                    examples = {
                      @ExampleObject(
                          name = "SUCCESS",
                          value =
                              """
                              {"task_id":"T-1024","status":"SUCCESS","result":\
                              {"task_priority":"LABEL_2","priority_score":0.94,"task_id":"T-1024",\
                              "priority":"high",\
                              "scores":{"LABEL_0":0.01,"LABEL_1":0.05,"LABEL_2":0.94},\
                              "model":{"name":"ticket-priority-ru-en","version":"1.0.0",\
                              "digest":"9f2c…"},"truncated":false,"cached":false,\
                              "language":"en","confidence":"normal","set_aside":["signature"]},\
                              "start_time":"2026-11-25T10:15:30.120Z",\
                              "end_time":"2026-11-25T10:15:30.158Z","duration_seconds":0.038,\
                              "error":null}\
                              """),
                      @ExampleObject(
                          name = "SUCCESS, corrected",
                          value =
                              """
                              {"task_id":"T-1024","status":"SUCCESS","result":\
                              {"task_priority":"LABEL_2","priority_score":0.94,"task_id":"T-1024",\
                              "priority":"high","cached":false},\
                              "start_time":"2026-11-25T10:15:30.120Z",\
                              "end_time":"2026-11-25T10:15:30.158Z","duration_seconds":0.038,\
                              "error":null,"correction":{"task_priority":"LABEL_3",\
                              "priority":"critical","by":"Anna Petrova",\
                              "corrected_at":"2026-11-25T10:40:02.006Z"}}\
                              """),
                      @ExampleObject(
                          name = "PENDING",
                          value =
                              """
                              {"task_id":"T-1025","status":"PENDING","result":null,\
                              "start_time":"2026-11-25T10:15:30.120Z","end_time":null,\
                              "duration_seconds":null,"error":null}\
                              """),
                      @ExampleObject(
                          name = "FAILURE",
                          value =
                              """
                              {"task_id":"T-1026","status":"FAILURE","result":null,\
                              "start_time":"2026-11-25T10:15:30.120Z",\
                              "end_time":"2026-11-25T10:15:30.131Z","duration_seconds":0.011,\
                              "error":"INVALID: The text is empty. Send at least one visible \
                              character."}\
                              """)
                    })),
        @ApiResponse(responseCode = "404", ref = "Problem404"),
        @ApiResponse(responseCode = "503", ref = "Problem503")
      })
  @GetMapping(path = "/result/{task_id}", produces = MediaType.APPLICATION_JSON_VALUE)
  Mono<Result> get(
      @Parameter(description = "The id from the answer to the ticket", example = "T-1024")
          @PathVariable("task_id")
          String taskId,
      @Parameter(hidden = true) @RequestAttribute(Namespace.ATTRIBUTE) Namespace namespace) {
    return lookup.find(taskId, namespace).map(state -> Result.of(state, taskId));
  }

  /** The replaced service's answer: every field is always there, null when it has no value. */
  @Schema(name = "Result", description = "What became of a ticket. Что стало с тикетом.")
  @JsonInclude(JsonInclude.Include.ALWAYS)
  record Result(
      @Schema(description = "The id asked for") @JsonProperty("task_id") String taskId,
      @Schema(description = "PENDING waits, SUCCESS is scored, FAILURE is rejected")
          @JsonProperty("status")
          Status status,
      @Schema(description = "The priority; null unless SUCCESS") @JsonProperty("result")
          @Nullable Score result,
      @Schema(description = "When the ticket was received, RFC 3339 UTC")
          @JsonProperty("start_time")
          @Nullable Instant startTime,
      @Schema(description = "When it was scored or rejected, RFC 3339 UTC")
          @JsonProperty("end_time")
          @Nullable Instant endTime,
      @Schema(description = "From start_time to end_time", example = "0.038")
          @JsonProperty("duration_seconds")
          @Nullable Double durationSeconds,
      @Schema(
              description = "Why there is no priority, `CODE: message`; null unless FAILURE",
              example = "INVALID: The text is empty. Send at least one visible character.")
          @JsonProperty("error")
          @Nullable String error,
      @Schema(
              description =
                  "Since when nothing is left of the ticket's text; left out unless it was erased")
          @JsonProperty("erased_at")
          @JsonInclude(JsonInclude.Include.NON_NULL)
          @Nullable Instant erasedAt,
      @Schema(
              description =
                  "What a person said its priority is, which counts more than result; left out"
                      + " unless somebody did")
          @JsonProperty("correction")
          @JsonInclude(JsonInclude.Include.NON_NULL)
          @Nullable PersonsWord correction) {

    enum Status {
      PENDING,
      SUCCESS,
      FAILURE
    }

    static Result of(TicketState state, String taskId) {
      TicketState.Rejected rejected = state.rejected();
      Score score = state.score();
      return new Result(
          taskId,
          score != null ? Status.SUCCESS : rejected != null ? Status.FAILURE : Status.PENDING,
          score == null ? null : score.withTaskId(taskId),
          state.receivedAt(),
          state.decidedAt(),
          seconds(state.receivedAt(), state.decidedAt()),
          rejected == null ? null : rejected.code() + ": " + rejected.message(),
          state.erasedAt(),
          state.correction() == null ? null : PersonsWord.of(state.correction()));
    }

    private static @Nullable Double seconds(@Nullable Instant start, @Nullable Instant end) {
      return start == null || end == null
          ? null
          : Math.max(0, Duration.between(start, end).toMillis()) / 1000.0;
    }
  }
}
