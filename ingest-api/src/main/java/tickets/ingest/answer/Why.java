package tickets.ingest.answer;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tickets.contract.Explanation;
import tickets.contract.ScoredTicket;

/** An explanation as callers get it, with the words themselves. */
@Schema(
    name = "Explanation",
    description = "Which words speak for a priority. Какие слова говорят за приоритет.",
    example =
        """
        {"task_id":"T-1024","task_priority":"LABEL_3","priority":"critical","priority_score":0.71,\
        "model":{"name":"ticket-priority-ru-en","version":"1.0.0","digest":"9f2c…"},\
        "text":"API down","truncated":false,\
        "words":[{"word":"API","start":0,"end":3,"weight":0.12},\
        {"word":"down","start":4,"end":8,"weight":0.48}],\
        "faithfulness":{"deleted":1,"score":0.71,"without_top":0.23,"without_others":0.59,\
        "draws":8},"explained_at":"2026-11-26T09:15:02.118Z"}\
        """)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Why(
    @Schema(description = "The ticket") @JsonProperty("task_id") String taskId,
    @Schema(description = "The label that is explained: the one the model gives to the text now")
        @JsonProperty("task_priority")
        String taskPriority,
    @Schema(description = "Its readable name, else the label") @JsonProperty("priority")
        String priority,
    @Schema(description = "Probability of that label for the whole text")
        @JsonProperty("priority_score")
        double priorityScore,
    @Schema(description = "The model that explained; the ticket may have been scored by another")
        @JsonProperty("model")
        ScoredTicket.Model model,
    @Schema(description = "The text that was explained, as it is kept; offsets count in it")
        @JsonProperty("text")
        String text,
    @Schema(description = "Whether the middle of the text is not read: its words weigh nothing")
        @JsonProperty("truncated")
        boolean truncated,
    @Schema(description = "In the order of the text; neighbours of a long text are one entry")
        @JsonProperty("words")
        List<Word> words,
    @Schema(description = "Whether the weights hold; left out where no word speaks for the label")
        @JsonProperty("faithfulness")
        @Nullable Faithfulness faithfulness,
    @Schema(description = "When, RFC 3339 UTC") @JsonProperty("explained_at") Instant explainedAt) {

  /** One word, or neighbours of a long text. */
  @Schema(name = "ExplainedWord", description = "A word and what it weighs")
  public record Word(
      @Schema(description = "As it stands in the text", example = "down") @JsonProperty("word")
          String word,
      @Schema(
              description = "Offset of its first character in text, in characters (code points)",
              example = "4")
          @JsonProperty("start")
          int start,
      @Schema(description = "Offset after its last", example = "8") @JsonProperty("end") int end,
      @Schema(
              description =
                  "What the label's probability loses without it: above 0 it speaks for the label,"
                      + " below 0 against it",
              example = "0.48")
          @JsonProperty("weight")
          double weight) {}

  /** What deleting words does. */
  @Schema(name = "Faithfulness", description = "What deleting words does to the probability")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Faithfulness(
      @Schema(description = "How many words are deleted: a fifth, those that weigh most")
          @JsonProperty("deleted")
          int deleted,
      @Schema(description = "With all words") @JsonProperty("score") double score,
      @Schema(description = "Without those that weigh most: far less, if the weights hold")
          @JsonProperty("without_top")
          double withoutTop,
      @Schema(
              description =
                  "Without as many others, drawn by chance, on average: about as much, if the"
                      + " weights hold. Left out where there are not as many others")
          @JsonProperty("without_others")
          @Nullable Double withoutOthers,
      @Schema(description = "Draws that the average is over") @JsonProperty("draws") int draws) {}

  /** The same for who knows the ticket by that id. */
  public Why withTaskId(String id) {
    return new Why(
        id,
        taskPriority,
        priority,
        priorityScore,
        model,
        text,
        truncated,
        words,
        faithfulness,
        explainedAt);
  }

  /** With the words put back at their places. */
  public static Why of(String taskId, String text, Explanation.Explained explained) {
    Explanation.Faithfulness faithfulness = explained.faithfulness();
    return new Why(
        taskId,
        explained.taskPriority(),
        explained.priority(),
        explained.priorityScore(),
        explained.model(),
        text,
        explained.truncated(),
        words(text, explained.words()),
        faithfulness == null
            ? null
            : new Faithfulness(
                faithfulness.deleted(),
                explained.priorityScore(),
                faithfulness.withoutTop(),
                faithfulness.withoutOthers(),
                faithfulness.draws()),
        explained.explainedAt());
  }

  private static List<Word> words(String text, List<Explanation.Word> places) {
    int[] points = text.codePoints().toArray();
    List<Word> words = new ArrayList<>();
    for (Explanation.Word place : places) {
      words.add(
          new Word(
              new String(points, place.start(), place.end() - place.start()),
              place.start(),
              place.end(),
              place.weight()));
    }
    return words;
  }
}
