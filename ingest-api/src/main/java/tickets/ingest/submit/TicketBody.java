package tickets.ingest.submit;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.enums.ParameterIn;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.ExampleObject;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;

/** Describes in the API document what both ways in take. */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Parameter(
    in = ParameterIn.HEADER,
    name = SubmitTicket.IDEMPOTENCY_KEY,
    description =
        "Names this ticket, so that the call can be repeated safely: the same key and text give the"
            + " first outcome, another text is refused. 1 to 255 visible ASCII characters.",
    schema = @Schema(type = "string", minLength = 1, maxLength = 255))
@RequestBody(
    required = true,
    description = "`text`, or `subject` and `body` (one of them is enough); UTF-8.",
    content =
        @Content(
            mediaType = MediaType.APPLICATION_JSON_VALUE,
            schema = @Schema(implementation = TicketBody.Fields.class),
            examples = {
              @ExampleObject(
                  name = "По-русски",
                  value =
                      "{\"text\": \"Не могу войти в личный кабинет, оплата списалась дважды!\"}"),
              @ExampleObject(
                  name = "In English",
                  value = "{\"text\": \"Production is down, customers cannot pay.\"}"),
              @ExampleObject(
                  name = "Subject and body, own id",
                  value =
                      "{\"task_id\": \"T-1024\", \"subject\": \"Пароль\","
                          + " \"body\": \"Как сменить пароль?\"}")
            }))
@interface TicketBody {

  /** The fields of the body. {@link tickets.contract.TicketDraft} reads it. */
  @Schema(name = "Ticket", description = "A support ticket. Тикет.")
  record Fields(
      @Schema(
              description =
                  "What the customer wrote: 1 to 10,000 characters (TEXT_MAX_CHARS) after white"
                      + " space at both ends was removed")
          @JsonProperty("text")
          @Nullable String text,
      @Schema(description = "With `body`, instead of `text`") @JsonProperty("subject")
          @Nullable String subject,
      @Schema(description = "With `subject`, instead of `text`") @JsonProperty("body")
          @Nullable String body,
      @Schema(
              description = "The caller's own id of the ticket; without one, one is made",
              pattern = "[A-Za-z0-9._:-]{1,128}")
          @JsonProperty("task_id")
          @Nullable String taskId,
      @Schema(description = "When the ticket system got it, RFC 3339") @JsonProperty("submitted_at")
          @Nullable Instant submittedAt,
      @Schema(description = "Which system it came from") @JsonProperty("source")
          @Nullable String source) {}
}
