package tickets.contract;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What Redis holds under {@code claim:{task_id}}: that an id is taken, with which text, and where
 * its ticket stands. So a repeat publishes nothing.
 *
 * @param sha256 of the text
 * @param receivedAt the broker's time once accepted, before that the claimant's
 * @param topic absent while publishing, and in claims from before there were two topics of tickets
 * @param partition absent while publishing
 * @param offset absent while publishing
 * @param claimant tells two claims of the same id and text apart while publishing
 */
public record Claim(
    String sha256,
    Instant receivedAt,
    Phase phase,
    @Nullable String topic,
    @Nullable Integer partition,
    @Nullable Long offset,
    @Nullable String claimant) {

  /** How far the ticket has come. */
  public enum Phase {
    /** Somebody is handing it to the broker; it may still fail. */
    @JsonProperty("publishing")
    PUBLISHING,
    /** The broker has it. */
    @JsonProperty("accepted")
    ACCEPTED
  }

  /** Somebody has it in hand. */
  public static Claim publishing(String sha256, Instant now, String claimant) {
    return new Claim(sha256, now, Phase.PUBLISHING, null, null, null, claimant);
  }

  /** The broker has the ticket, there. */
  public static Claim accepted(
      String sha256, Instant receivedAt, String topic, int partition, long offset) {
    return new Claim(sha256, receivedAt, Phase.ACCEPTED, topic, partition, offset, null);
  }

  public static Claim fromJson(String json) {
    return EventJson.mapper().readValue(json, Claim.class);
  }

  public String toJson() {
    return EventJson.mapper().writeValueAsString(this);
  }
}
