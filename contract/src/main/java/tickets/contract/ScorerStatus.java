package tickets.contract;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Which model a scorer uses, as it stands on {@link Topics#STATUS}: said when that changes, and
 * every {@link #EVERY}. A scorer that stops leaves a tombstone.
 *
 * @param scorer names it across its restarts, a UUID
 * @param model what scores, without its priorities' names
 * @param epoch of the newest command it knows, see {@link ModelCommand}; 0 if it knows none
 * @param state what became of that command
 * @param problem why it was refused, for people
 * @param shadow the second model, where one is at work
 * @param reportedAt by the scorer's clock
 */
public record ScorerStatus(
    String scorer,
    ScoredTicket.Model model,
    long epoch,
    State state,
    @Nullable String problem,
    ScoredTicket.@Nullable Model shadow,
    Instant reportedAt) {

  /** How often a scorer reports. */
  public static final Duration EVERY = Duration.ofSeconds(10);

  /** A scorer that did not report for so long is gone, or can't be asked anything. */
  public static final Duration GONE_AFTER = EVERY.multipliedBy(3).plusSeconds(5);

  /** The longest {@link #problem} that is told, in characters. */
  public static final int LONGEST_PROBLEM = 1_000;

  public ScorerStatus {
    requireNonNull(scorer, "scorer");
    requireNonNull(model, "model");
    requireNonNull(state, "state");
    requireNonNull(reportedAt, "reported_at");
    model = model.withoutPriorities();
    shadow = shadow == null ? null : shadow.withoutPriorities();
    if (problem != null && problem.length() > LONGEST_PROBLEM) {
      problem = problem.substring(0, LONGEST_PROBLEM);
    }
  }

  /** What became of the newest command that a scorer knows. */
  public enum State {
    /** It is carried out, or there is none. */
    @JsonProperty("serving")
    SERVING,
    /** The model it asks for is being loaded; {@link ScorerStatus#model} still scores. */
    @JsonProperty("loading")
    LOADING,
    /** The model it asks for can't be used; {@link ScorerStatus#model} goes on scoring. */
    @JsonProperty("refused")
    REFUSED
  }

  /**
   * Reads a record of {@link Topics#STATUS} that is no tombstone.
   *
   * @throws IOException if it is no status
   */
  public static ScorerStatus fromRecord(byte[] value) throws IOException {
    return EventJson.readObject(value, ScorerStatus.class);
  }
}
