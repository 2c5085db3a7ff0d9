package tickets.ingest.answer;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tickets.contract.ScoredTicket;

/** The result fields, as callers get them. Unknown ones (rows of the replaced service) are out. */
@Schema(
    name = "Score",
    description = "A ticket's priority. Приоритет тикета.",
    example =
        """
        {"task_priority":"LABEL_2","priority_score":0.94,\
        "task_id":"01935f3e-7c1a-7b6e-9a53-2f1c8f0d4e21","priority":"high",\
        "scores":{"LABEL_0":0.01,"LABEL_1":0.05,"LABEL_2":0.94},\
        "model":{"name":"ticket-priority-ru-en","version":"1.0.0","digest":"9f2c…"},\
        "decision":{"rule":"argmax","margin":0.89,"review":false},\
        "truncated":false,"cached":false,\
        "language":"en","confidence":"normal","set_aside":["signature"]}\
        """)
public record Score(
    @Schema(description = "The model's own label", example = "LABEL_2")
        @JsonProperty("task_priority")
        String taskPriority,
    @Schema(description = "Calibrated probability of that label, 0 to 1", example = "0.94")
        @JsonProperty("priority_score")
        double priorityScore,
    @Schema(description = "The ticket's id in every store") @JsonProperty("task_id") String taskId,
    @Schema(
            description =
                "Readable name of the label, else the label itself; `review` if the model's owner"
                    + " wants people to look",
            example = "high")
        @JsonProperty("priority")
        String priority,
    @Schema(description = "Calibrated probability by label; they add up to 1")
        @JsonProperty("scores")
        @Nullable Map<String, Double> scores,
    @Schema(
            description =
                "How the label was chosen: `rule` of the model's manifest (argmax, thresholds or"
                    + " costs), `margin` to another label in probability (under costs: in expected"
                    + " cost), `expected_cost` (under costs only), and `review`: whether people are"
                    + " to look. Left out for tickets scored before that was told")
        @JsonProperty("decision")
        @JsonInclude(JsonInclude.Include.NON_NULL)
        ScoredTicket.@Nullable Decision decision,
    @Schema(description = "Which model scored: name, version, SHA-256 over all that makes it up")
        @JsonProperty("model")
        ScoredTicket.@Nullable Model model,
    @Schema(description = "Whether the middle of the text was left out as too long for the model")
        @JsonProperty("truncated")
        @Nullable Boolean truncated,
    @Schema(description = "Whether this is the answer to an earlier request with the same text")
        @JsonProperty("cached")
        boolean cached,
    @Schema(
            description =
                "Of the text: `ru`, `en`, `other`, or `unknown` where its letters are of neither."
                    + " Left out for tickets scored before that was told, as are the two below",
            allowableValues = {"ru", "en", "other", "unknown"})
        @JsonProperty("language")
        @JsonInclude(JsonInclude.Include.NON_NULL)
        @Nullable String language,
    @Schema(
            description =
                "`low` where the model was not taught the text's language, or the text is of none:"
                    + " the scores were never calibrated for such a text, and people should look",
            allowableValues = {"low", "normal"})
        @JsonProperty("confidence")
        @JsonInclude(JsonInclude.Include.NON_NULL)
        @Nullable String confidence,
    @Schema(
            description =
                "What of the text the model was not given to read, sorted: `footer`, `html`,"
                    + " `quote`, `signature`")
        @JsonProperty("set_aside")
        @JsonInclude(JsonInclude.Include.NON_NULL)
        @Nullable List<String> setAside) {

  /** The same for who knows the ticket by that id. */
  public Score withTaskId(String id) {
    return new Score(
        taskPriority,
        priorityScore,
        id,
        priority,
        scores,
        decision,
        model,
        truncated,
        cached,
        language,
        confidence,
        setAside);
  }

  static Score of(ScoredTicket ticket, boolean cached) {
    return new Score(
        ticket.taskPriority(),
        ticket.priorityScore(),
        ticket.taskId(),
        ticket.priority(),
        ticket.scores(),
        ticket.decision(),
        ticket.model().withoutPriorities(),
        ticket.truncated(),
        cached,
        ticket.language(),
        ticket.confidence(),
        ticket.setAside());
  }
}
