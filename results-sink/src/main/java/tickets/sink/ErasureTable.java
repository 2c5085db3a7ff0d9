package tickets.sink;

import io.r2dbc.spi.Connection;
import java.util.List;
import reactor.core.publisher.Mono;
import tickets.contract.Rejection;

/**
 * Table {@code erasure}: which tickets are erased, and since when. Every statement that writes a
 * text, its hash or a person, in {@link ScoreTable}, {@link TicketTable} and {@link
 * CorrectionTable}, looks here.
 */
final class ErasureTable {

  // Who writes a text has this table open until its commit: so all that was written before is seen
  // below, and whoever writes afterwards sees this erasure.
  private static final String WAIT_FOR_WRITERS = "lock table erasure in access exclusive mode";

  private static final String NOTE =
      """
      insert into erasure as held (task_id, erased_at)
      select * from unnest($1::text[], $2::timestamptz[])
      on conflict (task_id) do update set erased_at = excluded.erased_at where excluded.erased_at > held.erased_at
      """;

  // A row without received_at is the replaced service's, and older than any erasure.
  private static final String BLANK_SCORES =
      """
      update prediction as held set text_task = '', text_sha256 = null
      from unnest($1::text[], $2::timestamptz[]) as e (task_id, erased_at)
      where held.task_id = e.task_id and (held.received_at is null or held.received_at <= e.erased_at)
        and (held.text_task <> '' or held.text_sha256 is not null)
      """;

  private static final String BLANK_TICKETS =
      """
      update ticket as held set text_sha256 = null, message = case when message is not null then '%s' end
      from unnest($1::text[], $2::timestamptz[]) as e (task_id, erased_at)
      where held.task_id = e.task_id and held.received_at <= e.erased_at
      """
          .formatted(Rejection.ERASED_MESSAGE);

  private static final String BLANK_CORRECTIONS =
      """
      update correction as held set corrected_by = null
      from unnest($1::text[], $2::timestamptz[]) as e (task_id, erased_at)
      where held.task_id = e.task_id and held.corrected_at <= e.erased_at and held.corrected_by is not null
      """;

  /**
   * Forgets these tickets' texts and hashes, and who corrected them; the rows stay, with their
   * priorities.
   */
  Mono<Void> erase(Connection connection, List<ReceivedErasure> erasures) {
    Object[] columns = {
      Postgres.texts(erasures, ReceivedErasure::taskId),
      Postgres.times(erasures, ReceivedErasure::at)
    };
    return Postgres.execute(connection, WAIT_FOR_WRITERS)
        .then(Postgres.execute(connection, NOTE, columns))
        .then(Postgres.execute(connection, BLANK_SCORES, columns))
        .then(Postgres.execute(connection, BLANK_TICKETS, columns))
        .then(Postgres.execute(connection, BLANK_CORRECTIONS, columns));
  }
}
