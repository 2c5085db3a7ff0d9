package tickets.ingest.answer;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tickets.contract.Correction;

/** A correction as callers get it. */
@Schema(
    name = "Correction",
    description = "What a person said a ticket's priority is. Приоритет, указанный человеком.",
    example =
        """
        {"task_priority":"LABEL_3","priority":"critical","by":"Anna Petrova",\
        "corrected_at":"2026-11-25T10:40:02.006Z"}\
        """)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record PersonsWord(
    @Schema(description = "The model's label for it", example = "LABEL_3")
        @JsonProperty("task_priority")
        String taskPriority,
    @Schema(description = "Readable name of that label, else the label", example = "critical")
        @JsonProperty("priority")
        String priority,
    @Schema(description = "Who said so, if the caller told, until the ticket is erased")
        @JsonProperty("by")
        @Nullable String by,
    @Schema(description = "When the broker got it, RFC 3339 UTC") @JsonProperty("corrected_at")
        Instant correctedAt) {

  public static PersonsWord of(Correction correction) {
    return new PersonsWord(
        correction.taskPriority(),
        correction.priority(),
        correction.by(),
        correction.correctedAt());
  }
}
