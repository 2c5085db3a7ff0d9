package tickets.sink;

import io.r2dbc.spi.Connection;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import tickets.contract.Correction;
import tickets.contract.ScoredTicket;

/**
 * Table {@code correction}: every word of people on a ticket's priority. Rows are added, never
 * changed, but that an erasure takes the person out; a record that is read again adds none.
 */
final class CorrectionTable {

  private static final String ADD =
      """
      insert into correction
        (task_id, task_priority, priority, corrected_by, client, corrected_at, model_task_priority, model_priority,
         model_name, model_version, model_digest, source_topic, source_partition, source_offset)
      select r.task_id, r.task_priority, r.priority,
        case when e.erased_at >= r.corrected_at then null else r.corrected_by end, r.client, r.corrected_at,
        r.model_task_priority, r.model_priority, r.model_name, r.model_version, r.model_digest, r.source_topic,
        r.source_partition, r.source_offset
      from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::text[], $8::text[],
        $9::text[], $10::text[], $11::text[], $12::text[], $13::int[], $14::bigint[])
        as r (task_id, task_priority, priority, corrected_by, client, corrected_at, model_task_priority, model_priority,
          model_name, model_version, model_digest, source_topic, source_partition, source_offset)
      left join erasure e on e.task_id = r.task_id
      on conflict do nothing
      """;

  /** Adds these corrections; one that is there already stays as it is. */
  Mono<Void> add(Connection connection, List<ReceivedCorrection> corrections) {
    return Postgres.execute(
        connection,
        ADD,
        texts(corrections, Correction::taskId),
        texts(corrections, Correction::taskPriority),
        texts(corrections, Correction::priority),
        texts(corrections, Correction::by),
        texts(corrections, Correction::client),
        Postgres.times(corrections, c -> c.correction().correctedAt()),
        said(corrections, Correction.ModelSaid::taskPriority),
        said(corrections, Correction.ModelSaid::priority),
        model(corrections, ScoredTicket.Model::name),
        model(corrections, ScoredTicket.Model::version),
        model(corrections, ScoredTicket.Model::digest),
        Postgres.texts(corrections, ReceivedCorrection::topic),
        Postgres.ints(corrections, ReceivedCorrection::partition),
        Postgres.longs(corrections, ReceivedCorrection::offset));
  }

  private static @Nullable String[] texts(
      List<ReceivedCorrection> corrections, Function<Correction, @Nullable String> column) {
    return Postgres.texts(corrections, c -> column.apply(c.correction()));
  }

  private static @Nullable String[] said(
      List<ReceivedCorrection> corrections,
      Function<Correction.ModelSaid, @Nullable String> column) {
    return texts(corrections, c -> c.modelSaid() == null ? null : column.apply(c.modelSaid()));
  }

  private static @Nullable String[] model(
      List<ReceivedCorrection> corrections, Function<ScoredTicket.Model, String> column) {
    return said(corrections, said -> said.model() == null ? null : column.apply(said.model()));
  }
}
