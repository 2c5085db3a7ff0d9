package tickets.ingest.submit;

import java.time.Duration;
import reactor.core.publisher.Mono;
import tickets.ingest.answer.Score;
import tickets.ingest.answer.Why;

/** Whoever can say why a text has its priority. */
@FunctionalInterface
public interface ExplainsScore {

  /**
   * The explanation of a text.
   *
   * @param text as it was scored
   * @param limit within which the caller waits for it
   * @return empty if there is none in time, whatever the reason: a score is worth having without
   */
  Mono<Why> explain(Score score, String text, Duration limit);
}
