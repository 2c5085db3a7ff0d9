package tickets.ingest.submit;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import tickets.ingest.Refusal;

/** Calls about a ticket that are answered once Kafka has what they say, or has not in time. */
public final class Confirmed {

  private static final Logger log = LoggerFactory.getLogger(Confirmed.class);

  /** As for a ticket: "Kafka is down" is answered within two seconds. */
  private static final Duration LIMIT = Duration.ofMillis(1900);

  private Confirmed() {}

  /**
   * What the broker said.
   *
   * @param publication under way; goes to its end also when the caller hangs up
   * @param what is published, for people; repeating it must do no harm
   * @param calledId what the caller calls the ticket
   * @return fails with {@link Refusal.Reason#KAFKA_DOWN}
   */
  public static <T> Mono<T> byKafka(
      CompletableFuture<T> publication, String what, String taskId, String calledId) {
    return Mono.fromFuture(publication, true)
        .publishOn(Schedulers.parallel())
        .timeout(LIMIT)
        .onErrorMap(error -> notPublished(what, taskId, calledId, error));
  }

  private static Refusal notPublished(
      String what, String taskId, String calledId, Throwable error) {
    log.warn(
        "Ticket {}: its {} is not confirmed by Kafka: {}",
        taskId,
        what,
        error instanceof TimeoutException ? "no answer in time" : error.getMessage());
    return Refusal.of(
        Refusal.Reason.KAFKA_DOWN,
        "Kafka did not confirm the "
            + what
            + " in time. Ask for it again: repeating it does no harm.",
        calledId);
  }
}
