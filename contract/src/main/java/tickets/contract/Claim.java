package tickets.ingest.answer;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tickets.contract.CacheKeys;
import tickets.contract.EventJson;
import tickets.contract.Topics;

/**
 * What Redis holds under {@code claim:{task_id}}: that an id is taken, with which text, and where
 * its ticket stands on the topic.
 *
 * @param sha256 of the text
 * @param receivedAt the broker's time once accepted, before that the claimant's
 * @param topic absent while publishing, and in claims of versions that had one topic in mind
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

  public static Claim publishing(String sha256, Instant now, String claimant) {
    return new Claim(sha256, now, Phase.PUBLISHING, null, null, null, claimant);
  }

  public static Claim accepted(String sha256, Acceptance acceptance) {
    return new Claim(
        sha256,
        acceptance.receivedAt(),
        Phase.ACCEPTED,
        acceptance.topic(),
        acceptance.partition(),
        acceptance.offset(),
        null);
  }

  public static String key(String taskId) {
    return CacheKeys.claim(taskId);
  }

  public static Claim fromJson(String json) {
    return EventJson.mapper().readValue(json, Claim.class);
  }

  public String toJson() {
    return EventJson.mapper().writeValueAsString(this);
  }

  /** Null while publishing. */
  @JsonIgnore
  public @Nullable Acceptance acceptance() {
    return phase == Phase.ACCEPTED && partition != null && offset != null
        ? new Acceptance(topic == null ? Topics.TICKETS : topic, partition, offset, receivedAt)
        : null;
  }
}
