package tickets.ingest;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An error as RFC 9457 writes it, {@code application/problem+json}. */
@Schema(
    name = "Problem",
    description = "An error (RFC 9457). Описание ошибки: что случилось и что делать.",
    example =
        """
        {"type":"urn:tickets:problem:invalid","title":"Invalid request","status":400,\
        "detail":"The text is empty. Send at least one visible character.",\
        "instance":"/v1/bert_prediction","code":"INVALID"}""")
record Problem(
    @Schema(description = "Stable name of the kind of error, `urn:tickets:problem:…`")
        @JsonProperty("type")
        String type,
    @Schema(description = "The kind of error in words") @JsonProperty("title") String title,
    @Schema(description = "The HTTP status") @JsonProperty("status") int status,
    @Schema(description = "What happened this time, and what to do") @JsonProperty("detail")
        String detail,
    @Schema(description = "The path that was called") @JsonProperty("instance") String instance,
    @Schema(
            description =
                "Which rule was broken: UNREADABLE, INVALID, TOO_LONG, MODEL_FAILED, NOT_A_NUMBER or"
                    + " UNSTORABLE. Left out where none was.")
        @JsonProperty("code")
        @Nullable String code,
    @Schema(description = "The ticket, where its id is known") @JsonProperty("task_id")
        @Nullable String taskId,
    @Schema(hidden = true) @JsonAnyGetter Map<String, Object> more) {}
