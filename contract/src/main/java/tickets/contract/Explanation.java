package tickets.contract;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tickets.contract.ScoredTicket.Model;

/**
 * The answer to an {@link ExplanationRequest}, as it stands on {@link Topics#EXPLANATIONS}. Holds
 * places in the text, not the text: who asked has it.
 *
 * @param explained what was found; absent where nothing could be
 * @param failure why nothing could be; for people, without the text
 */
public record Explanation(
    String requestId, String taskId, @Nullable Explained explained, @Nullable String failure) {

  public Explanation {
    requireNonNull(requestId, "request_id");
    requireNonNull(taskId, "task_id");
  }

  /**
   * Why a text has its priority: for each of its words, how much of the label's probability goes
   * when that word is deleted.
   *
   * @param taskPriority the label that is explained: the one the model gives to the text now
   * @param priorityScore probability of that label for the whole text
   * @param model which one said so
   * @param truncated whether the middle of the text is not read by the model: its words weigh next
   *     to nothing
   * @param words in the order of the text; a long text's are grouped, neighbours together
   * @param faithfulness absent where no word speaks for the label
   */
  public record Explained(
      String taskPriority,
      String priority,
      double priorityScore,
      Model model,
      boolean truncated,
      List<Word> words,
      @Nullable Faithfulness faithfulness,
      Instant explainedAt) {
    public Explained {
      requireNonNull(taskPriority, "task_priority");
      requireNonNull(priority, "priority");
      requireNonNull(model, "model");
      words = List.copyOf(words);
      requireNonNull(explainedAt, "explained_at");
    }
  }

  /**
   * A word, or some neighbours.
   *
   * @param start offset of its first character in the text, in code points
   * @param end offset after its last
   * @param weight the label's probability for the text less that without this word: above 0 it
   *     speaks for the label, below 0 against it
   */
  public record Word(int start, int end, double weight) {}

  /**
   * Whether the weights can be trusted: what the label's probability is when the words that weigh
   * most are deleted, beside when as many others are.
   *
   * @param deleted how many words that is
   * @param withoutTop without the heaviest
   * @param withoutOthers without as many of the others, drawn by chance, on average; absent where
   *     there are not as many others
   * @param draws how many draws the average is over
   */
  public record Faithfulness(
      int deleted, double withoutTop, @Nullable Double withoutOthers, int draws) {}

  /** One that was found. */
  public static Explanation of(ExplanationRequest request, Explained explained) {
    return new Explanation(request.requestId(), request.taskId(), explained, null);
  }

  /** One that could not be found. */
  public static Explanation failed(ExplanationRequest request, String why) {
    return new Explanation(request.requestId(), request.taskId(), null, why);
  }

  /**
   * @throws IOException if the bytes are no such answer
   */
  public static Explanation read(byte[] json) throws IOException {
    return EventJson.readObject(json, Explanation.class);
  }
}
