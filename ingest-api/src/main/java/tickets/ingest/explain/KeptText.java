package tickets.ingest.explain;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;
import tickets.ingest.Refusal;

/** The texts that PostgreSQL keeps of scored tickets. */
@Component
final class KeptText {

  private static final Logger log = LoggerFactory.getLogger(KeptText.class);

  /** Longer than the pool's own limits, which say more when they fail. */
  private static final Duration QUERY_LIMIT = Duration.ofSeconds(4);

  /** A row follows its event by up to 0.2 s, and more while the sink is busy. */
  private static final Duration PAUSE = Duration.ofMillis(250);

  private static final int LOOKS = 8;

  private final DatabaseClient postgres;

  KeptText(DatabaseClient postgres) {
    this.postgres = postgres;
  }

  /**
   * The text of a ticket that is known to be scored.
   *
   * @return fails with {@link Refusal.Reason#TEXT_NOT_KEPT}, or {@link Refusal.Reason#STORE_DOWN}
   *     if PostgreSQL does not answer or does not have the ticket yet
   */
  Mono<String> of(String taskId) {
    return postgres
        .sql("select text_task from prediction where task_id = $1")
        .bind("$1", taskId)
        .map(row -> String.valueOf(row.get("text_task", String.class)))
        .one()
        .timeout(QUERY_LIMIT)
        .onErrorMap(error -> down(taskId, error))
        .repeatWhenEmpty(LOOKS, times -> times.delayElements(PAUSE))
        .onErrorMap(
            IllegalStateException.class,
            late ->
                Refusal.of(
                    Refusal.Reason.STORE_DOWN,
                    "PostgreSQL does not have this ticket's text yet. Ask again.",
                    taskId))
        .filter(text -> !text.isEmpty())
        .switchIfEmpty(
            Mono.error(
                () ->
                    Refusal.of(
                        Refusal.Reason.TEXT_NOT_KEPT,
                        "This ticket's text is not kept (STORE_TEXT=false, or it was erased), and"
                            + " nothing can be explained without it. Ask with ?explain=true when you"
                            + " send a ticket.",
                        taskId)));
  }

  private static Refusal down(String taskId, Throwable error) {
    log.info(
        "Ticket {}: not explained, PostgreSQL does not answer: {}",
        taskId,
        NestedExceptionUtils.getMostSpecificCause(error).getMessage());
    return Refusal.of(
        Refusal.Reason.STORE_DOWN,
        "PostgreSQL does not answer, and only it keeps the text. Ask again.",
        taskId);
  }
}
