package tickets.sink;

import io.r2dbc.spi.Connection;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import tickets.contract.Outcome;
import tickets.contract.Rejection;
import tickets.contract.ScoredTicket;

/**
 * Table {@code ticket}: the state of every ticket there ever was. Rows are written in the order of
 * their ids; ids must be distinct within a call.
 */
final class TicketTable {

  // Of two records of one partition the later one, else the one the broker got later.
  private static final String NOTE_PENDING =
      """
      insert into ticket as held
        (task_id, state, received_at, text_sha256, source_topic, source_partition, source_offset)
      select r.task_id, 'PENDING', r.received_at,
        case when e.erased_at >= r.received_at then null else r.text_sha256 end, r.source_topic, r.source_partition, r.source_offset
      from unnest($1::text[], $2::timestamptz[], $3::text[], $4::text[], $5::int[], $6::bigint[])
        as r (task_id, received_at, text_sha256, source_topic, source_partition, source_offset)
      left join erasure e on e.task_id = r.task_id
      on conflict (task_id) do update set
        state = 'PENDING',
        received_at = excluded.received_at,
        decided_at = null,
        text_sha256 = excluded.text_sha256,
        code = null,
        message = null,
        source_topic = excluded.source_topic,
        source_partition = excluded.source_partition,
        source_offset = excluded.source_offset
      where case
        when held.source_topic = excluded.source_topic and held.source_partition = excluded.source_partition
          then excluded.source_offset > held.source_offset
        else excluded.received_at > held.received_at
      end
      """;

  // Outcome.isNewerThan, and an outcome wins over the PENDING of its own ticket.
  private static final String DECIDE =
      """
      insert into ticket as held
        (task_id, state, received_at, decided_at, text_sha256, code, message, source_topic, source_partition,
         source_offset)
      select r.task_id, r.state, r.received_at, r.decided_at,
        case when e.erased_at >= r.received_at then null else r.text_sha256 end, r.code,
        case when e.erased_at >= r.received_at and r.message is not null then '%s' else r.message end,
        r.source_topic, r.source_partition, r.source_offset
      from unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::text[], $6::text[],
        $7::text[], $8::text[], $9::int[], $10::bigint[])
        as r (task_id, state, received_at, decided_at, text_sha256, code, message, source_topic, source_partition,
          source_offset)
      left join erasure e on e.task_id = r.task_id
      on conflict (task_id) do update set
        state = excluded.state,
        received_at = excluded.received_at,
        decided_at = excluded.decided_at,
        text_sha256 = case
          when held.source_topic = excluded.source_topic and held.source_partition = excluded.source_partition
            and held.source_offset = excluded.source_offset
            then coalesce(excluded.text_sha256, held.text_sha256)
          else excluded.text_sha256
        end,
        code = excluded.code,
        message = excluded.message,
        source_topic = excluded.source_topic,
        source_partition = excluded.source_partition,
        source_offset = excluded.source_offset
      where case
        when held.source_topic = excluded.source_topic and held.source_partition = excluded.source_partition
          and held.source_offset <> excluded.source_offset
          then excluded.source_offset > held.source_offset
        when held.decided_at is not null then excluded.decided_at > held.decided_at
        when held.source_topic = excluded.source_topic and held.source_partition = excluded.source_partition
          then true
        else excluded.received_at >= held.received_at
      end
      """
          .formatted(Rejection.ERASED_MESSAGE);

  /**
   * A ticket that was accepted and has no outcome yet.
   *
   * @param receivedAt when the broker got it
   * @param textSha256 of its text; absent if the ticket could not be read
   */
  record Pending(
      String taskId,
      Instant receivedAt,
      @Nullable String textSha256,
      String sourceTopic,
      int sourcePartition,
      long sourceOffset) {

    /** The rule by which a row is replaced, for two records of one batch. */
    boolean isNewerThan(Pending other) {
      return sourceTopic.equals(other.sourceTopic) && sourcePartition == other.sourcePartition
          ? sourceOffset > other.sourceOffset
          : receivedAt.isAfter(other.receivedAt);
    }
  }

  /** Notes that these tickets exist; a row that knows of a newer record stays. */
  Mono<Void> notePending(Connection connection, List<Pending> tickets) {
    return Postgres.execute(
        connection,
        NOTE_PENDING,
        Postgres.texts(tickets, Pending::taskId),
        Postgres.times(tickets, Pending::receivedAt),
        Postgres.texts(tickets, Pending::textSha256),
        Postgres.texts(tickets, Pending::sourceTopic),
        Postgres.ints(tickets, Pending::sourcePartition),
        Postgres.longs(tickets, Pending::sourceOffset));
  }

  /** Notes what became of these tickets; a row that knows of something newer stays. */
  Mono<Void> decide(Connection connection, List<Outcome> outcomes) {
    return Postgres.execute(
        connection,
        DECIDE,
        Postgres.texts(outcomes, Outcome::taskId),
        Postgres.texts(outcomes, o -> o instanceof Rejection ? "REJECTED" : "SCORED"),
        Postgres.times(outcomes, Outcome::receivedAt),
        Postgres.times(outcomes, Outcome::decidedAt),
        Postgres.texts(outcomes, o -> o instanceof ScoredTicket s ? s.textSha256() : null),
        Postgres.texts(outcomes, o -> o instanceof Rejection r ? r.code().name() : null),
        Postgres.texts(outcomes, o -> o instanceof Rejection r ? storable(r.message()) : null),
        Postgres.texts(
            outcomes, o -> o instanceof Rejection r ? storable(r.sourceTopic()) : o.sourceTopic()),
        Postgres.ints(outcomes, Outcome::sourcePartition),
        Postgres.longs(outcomes, Outcome::sourceOffset));
  }

  /**
   * PostgreSQL's text has no U+0000. A rejection is the last word on its ticket and so must be
   * storable whatever it quotes.
   */
  private static String storable(String text) {
    return text.replace('\0', '\uFFFD');
  }
}
