package tickets.contract;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;

/**
 * The question why a text has the priority that it has, as it stands on {@link
 * Topics#EXPLANATION_REQUESTS}. The header of the reply channel says where the caller waits.
 *
 * @param requestId names the question; the answer repeats it
 * @param taskId the ticket, for logs
 * @param text to be explained, as it is kept
 * @param withinMs for how long after the broker's time of the record somebody waits for the answer;
 *     later it is not worked out
 */
public record ExplanationRequest(String requestId, String taskId, String text, long withinMs) {

  public ExplanationRequest {
    requireNonNull(requestId, "request_id");
    requireNonNull(taskId, "task_id");
    requireNonNull(text, "text");
  }

  /**
   * @throws IOException if the bytes are no such question; the message repeats nothing of them
   */
  public static ExplanationRequest read(byte[] json) throws IOException {
    return EventJson.readObject(json, ExplanationRequest.class);
  }

  /** How much of the caller's time is left; nothing or less if it is over. */
  public Duration left(Instant brokerTime, Instant now) {
    return Duration.ofMillis(withinMs).minus(Duration.between(brokerTime, now));
  }
}
