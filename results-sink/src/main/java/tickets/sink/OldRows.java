package tickets.sink;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tickets.contract.TopicRetention;

/**
 * Deletes rows that are older than they may become, looking once an hour: the ticket, its score,
 * what people said of it, and the note that it is erased once nothing can be read again that it is
 * about. A deleted ticket is unknown again.
 *
 * <p>In chunks, each a transaction of its own, so that a table with years of rows is neither locked
 * nor leaves one huge transaction; several instances may do so at once. What fails is tried again
 * an hour later.
 */
final class OldRows implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(OldRows.class);

  private static final int CHUNK = 1000;

  /** What one look may take; the rest waits for the next. A minute deletes some 100,000 rows. */
  private static final Duration LONGEST_LOOK = Duration.ofMinutes(1);

  private static final Duration PAUSE = Duration.ofHours(1);

  private static final String SCORES =
      """
      delete from prediction where id in (
        select id from prediction where coalesce(received_at, date_add at time zone 'UTC') < $1
        limit $2 for update skip locked)
      """;

  private static final String TICKETS =
      """
      delete from ticket where task_id in (
        select task_id from ticket where received_at < $1 limit $2 for update skip locked)
      """;

  // A ticket that came again keeps what was said of it: else the model would have the last word.
  private static final String CORRECTIONS =
      """
      delete from correction where (source_topic, source_partition, source_offset, corrected_at) in (
        select c.source_topic, c.source_partition, c.source_offset, c.corrected_at from correction c
        where c.corrected_at < $1
          and not exists (select from ticket t where t.task_id = c.task_id and t.received_at >= $1)
          and not exists (select from prediction p where p.task_id = c.task_id
            and coalesce(p.received_at, p.date_add at time zone 'UTC') >= $1)
        limit $2 for update of c skip locked)
      """;

  private static final String ERASURES =
      """
      delete from erasure where task_id in (
        select task_id from erasure where erased_at < $1 limit $2 for update skip locked)
      """;

  private final Postgres postgres;
  private final Duration retention;
  private final Duration erasures;
  private final ScheduledThreadPoolExecutor looking;

  /**
   * @param retention of rows; zero keeps them for ever
   * @param topics how long what is erased may be read again
   */
  OldRows(Postgres postgres, Duration retention, TopicRetention topics) {
    this.postgres = postgres;
    this.retention = retention;
    this.erasures = retention.compareTo(topics.erasures()) > 0 ? retention : topics.erasures();
    looking =
        new ScheduledThreadPoolExecutor(
            1,
            work -> {
              Thread thread = new Thread(work, "sink-old-rows");
              thread.setDaemon(true);
              return thread;
            });
  }

  /** Begins, once there are tables. Does nothing where rows are kept for ever. */
  void lookHourly() {
    if (!retention.isZero()) {
      looking.scheduleWithFixedDelay(this::look, 0, PAUSE.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  private void look() {
    try {
      delete(Instant.now());
    } catch (RuntimeException e) {
      Throwable cause = SinkFailures.rootCause(e);
      log.warn(
          "Rows older than {} could not be deleted ({}: {}). Trying again in {} min",
          retention,
          cause.getClass().getSimpleName(),
          cause.getMessage(),
          PAUSE.toMinutes());
    }
  }

  /** Deletes what is too old at {@code now}. */
  void delete(Instant now) {
    long deadline = System.nanoTime() + LONGEST_LOOK.toNanos();
    long scores = delete(SCORES, now.minus(retention), deadline);
    long tickets = delete(TICKETS, now.minus(retention), deadline);
    delete(CORRECTIONS, now.minus(retention), deadline);
    delete(ERASURES, now.minus(erasures), deadline);
    if (scores + tickets > 0) {
      log.info(
          "Deleted {} scores and {} tickets that were older than {}", scores, tickets, retention);
    }
  }

  private long delete(String sql, Instant before, long deadline) {
    long all = 0;
    long chunk = CHUNK;
    while (chunk == CHUNK && System.nanoTime() - deadline < 0) {
      AtomicLong deleted = new AtomicLong();
      postgres.inTransaction(
          connection ->
              Postgres.update(connection, sql, before.atOffset(ZoneOffset.UTC), CHUNK)
                  .doOnNext(deleted::set)
                  .then());
      chunk = deleted.get();
      all += chunk;
    }
    return all;
  }

  @Override
  public void close() {
    looking.shutdownNow();
  }
}
