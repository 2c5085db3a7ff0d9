package tickets.contract;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A ticket's priority, as it stands on {@link Topics#PRIORITIES}.
 *
 * @param taskPriority the model's own label, {@code LABEL_1}
 * @param priorityScore calibrated probability of that label, 0 to 1
 * @param priority the readable name of that label, else the label itself; {@code review} if people
 *     are to look
 * @param scores calibrated probability by label, in the model's order; they add up to 1
 * @param decision how the label was chosen; absent where that was not told yet
 * @param truncated whether the middle of the text was left out because it exceeds the token window
 * @param cached whether this is the answer to an earlier request with the same text; false on
 *     topics
 * @param receivedAt when the broker got the ticket
 * @param stages how long each stage took
 * @param textSha256 SHA-256 of the text in UTF-8, lower-case hex; absent once the ticket was
 *     erased: a short text can be guessed from its hash
 * @param text the text itself, unless it is not to be kept
 * @param erasedAt since when the ticket counts as erased, see {@link Erasure}; absent if it does
 *     not
 * @param language of the text: {@code ru}, {@code en}, {@code other}, or {@code unknown} where its
 *     letters are of neither; absent where that was not told yet, as are the two below
 * @param confidence {@link #LOW} where the model was not taught the text's language, or the text is
 *     of none: its scores were never calibrated for such a text; else {@link #NORMAL}
 * @param setAside what of the text the model was not given to read, sorted: {@code footer}, {@code
 *     html}, {@code quote}, {@code signature}
 */
public record ScoredTicket(
    String taskId,
    String taskPriority,
    double priorityScore,
    String priority,
    Map<String, Double> scores,
    @Nullable Decision decision,
    Model model,
    boolean truncated,
    boolean cached,
    Instant receivedAt,
    Instant scoredAt,
    StageTimes stages,
    @Nullable String textSha256,
    String sourceTopic,
    int sourcePartition,
    long sourceOffset,
    @Nullable String text,
    @Nullable Instant erasedAt,
    @Nullable String language,
    @Nullable String confidence,
    @Nullable List<String> setAside)
    implements Outcome {

  public static final String LOW = "low";
  public static final String NORMAL = "normal";

  public ScoredTicket {
    requireNonNull(taskId, "task_id");
    requireNonNull(taskPriority, "task_priority");
    requireNonNull(priority, "priority");
    requireNonNull(scores, "scores");
    requireNonNull(model, "model");
    requireNonNull(receivedAt, "received_at");
    requireNonNull(scoredAt, "scored_at");
    requireNonNull(stages, "stages");
    requireNonNull(sourceTopic, "source_topic");
  }

  /**
   * Which model scored.
   *
   * @param digest SHA-256 over config, weights, tokenizer, manifest and precision, lower-case hex
   * @param priorities the readable name of each of its labels, in the model's order; the label
   *     itself where it has none. Absent from stores, and from results of earlier versions
   */
  public record Model(
      String name, String version, String digest, @Nullable Map<String, String> priorities) {
    public Model {
      requireNonNull(name, "name");
      requireNonNull(version, "version");
      requireNonNull(digest, "digest");
    }

    /** One whose labels are not known. */
    public Model(String name, String version, String digest) {
      this(name, version, digest, null);
    }

    /** The same for whoever needs to know which it is, and no more. */
    public Model withoutPriorities() {
      return priorities == null ? this : new Model(name, version, digest);
    }
  }

  /**
   * How the label was chosen from the scores.
   *
   * @param rule of the model's manifest: {@code argmax}, {@code thresholds} or {@code costs}
   * @param margin how far the ticket was from another label: a difference of probabilities, or of
   *     expected costs under {@code costs}; 0 or more
   * @param expectedCost of the choice, by the scores; absent under rules without costs
   * @param review whether the model's owner wants people to look: then {@code priority} is {@code
   *     review}
   */
  public record Decision(
      String rule,
      double margin,
      // By name for API documents, which do not know EventJson's way of naming.
      @JsonProperty("expected_cost") @Nullable Double expectedCost,
      boolean review) {
    public Decision {
      requireNonNull(rule, "rule");
    }
  }

  @Override
  @JsonIgnore
  public Instant decidedAt() {
    return scoredAt;
  }

  /** One that is not erased, and does not tell how its label was chosen. */
  public ScoredTicket(
      String taskId,
      String taskPriority,
      double priorityScore,
      String priority,
      Map<String, Double> scores,
      Model model,
      boolean truncated,
      boolean cached,
      Instant receivedAt,
      Instant scoredAt,
      StageTimes stages,
      String textSha256,
      String sourceTopic,
      int sourcePartition,
      long sourceOffset,
      @Nullable String text) {
    this(
        taskId,
        taskPriority,
        priorityScore,
        priority,
        scores,
        null,
        model,
        truncated,
        cached,
        receivedAt,
        scoredAt,
        stages,
        textSha256,
        sourceTopic,
        sourcePartition,
        sourceOffset,
        text,
        null,
        null,
        null,
        null);
  }

  /** One that does not tell how its text was read. */
  public ScoredTicket(
      String taskId,
      String taskPriority,
      double priorityScore,
      String priority,
      Map<String, Double> scores,
      @Nullable Decision decision,
      Model model,
      boolean truncated,
      boolean cached,
      Instant receivedAt,
      Instant scoredAt,
      StageTimes stages,
      @Nullable String textSha256,
      String sourceTopic,
      int sourcePartition,
      long sourceOffset,
      @Nullable String text,
      @Nullable Instant erasedAt) {
    this(
        taskId,
        taskPriority,
        priorityScore,
        priority,
        scores,
        decision,
        model,
        truncated,
        cached,
        receivedAt,
        scoredAt,
        stages,
        textSha256,
        sourceTopic,
        sourcePartition,
        sourceOffset,
        text,
        erasedAt,
        null,
        null,
        null);
  }

  /** The same with how its text was read. */
  public ScoredTicket read(String inLanguage, String withConfidence, List<String> withoutThese) {
    return with(model, textSha256, text, erasedAt, inLanguage, withConfidence, withoutThese);
  }

  /** The same without the text, for stores that do not need it. */
  public ScoredTicket withoutText() {
    return text == null ? this : with(model, textSha256, null, erasedAt);
  }

  /** The same without what the model calls its labels: no more in memory than needed. */
  public ScoredTicket withoutPriorities() {
    return model.priorities() == null
        ? this
        : with(model.withoutPriorities(), textSha256, text, erasedAt);
  }

  /** The same without the text and its hash, for a ticket that is not erased. */
  public ScoredTicket withoutTextAndHash() {
    return with(model, null, null, erasedAt);
  }

  /** The same with nothing left of the text. */
  public ScoredTicket erased(Instant at) {
    return with(model, null, null, at);
  }

  private ScoredTicket with(
      Model otherModel,
      @Nullable String otherSha256,
      @Nullable String otherText,
      @Nullable Instant otherErasedAt) {
    return with(otherModel, otherSha256, otherText, otherErasedAt, language, confidence, setAside);
  }

  private ScoredTicket with(
      Model otherModel,
      @Nullable String otherSha256,
      @Nullable String otherText,
      @Nullable Instant otherErasedAt,
      @Nullable String otherLanguage,
      @Nullable String otherConfidence,
      @Nullable List<String> otherSetAside) {
    return new ScoredTicket(
        taskId,
        taskPriority,
        priorityScore,
        priority,
        scores,
        decision,
        otherModel,
        truncated,
        cached,
        receivedAt,
        scoredAt,
        stages,
        otherSha256,
        sourceTopic,
        sourcePartition,
        sourceOffset,
        otherText,
        otherErasedAt,
        otherLanguage,
        otherConfidence,
        otherSetAside);
  }
}
