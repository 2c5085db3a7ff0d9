package tickets.sink;

import io.r2dbc.spi.Connection;
import java.util.List;
import reactor.core.publisher.Mono;
import tickets.contract.EventJson;
import tickets.contract.ScoredTicket;

/**
 * Table {@code prediction}: one row for each ticket that was ever scored, its newest score. Rows
 * are written in the order given; ids must be distinct within a call.
 */
final class ScoreTable {

  // Replaced by what Outcome.isNewerThan calls newer; a row without source is the replaced
  // service's.
  // What is erased is stored without its text, however often it is read again.
  // date_add stays: when the ticket was first stored.
  private static final String SAVE =
      """
      insert into prediction as held
        (task_id, text_task, task_priority, priority_score, priority, scores, model_name, model_version, model_digest,
         truncated, text_sha256, received_at, scored_at, source_topic, source_partition, source_offset, stages, decision,
         language, confidence, set_aside)
      select r.task_id, case when e.erased_at >= r.received_at then '' else r.text_task end, r.task_priority, r.priority_score, r.priority, r.scores::jsonb, r.model_name,
        r.model_version, r.model_digest, r.truncated,
        case when e.erased_at >= r.received_at then null else r.text_sha256 end, r.received_at, r.scored_at, r.source_topic,
        r.source_partition, r.source_offset, r.stages::jsonb, r.decision::jsonb, r.language, r.confidence,
        r.set_aside::jsonb
      from unnest($1::text[], $2::text[], $3::text[], $4::float8[], $5::text[], $6::text[], $7::text[], $8::text[],
        $9::text[], $10::boolean[], $11::text[], $12::timestamptz[], $13::timestamptz[], $14::text[], $15::int[],
        $16::bigint[], $17::text[], $18::text[], $19::text[], $20::text[], $21::text[])
        as r (task_id, text_task, task_priority, priority_score, priority, scores, model_name, model_version,
          model_digest, truncated, text_sha256, received_at, scored_at, source_topic, source_partition, source_offset,
          stages, decision, language, confidence, set_aside)
      left join erasure e on e.task_id = r.task_id
      on conflict (task_id) do update set
        text_task = excluded.text_task,
        task_priority = excluded.task_priority,
        priority_score = excluded.priority_score,
        priority = excluded.priority,
        scores = excluded.scores,
        model_name = excluded.model_name,
        model_version = excluded.model_version,
        model_digest = excluded.model_digest,
        truncated = excluded.truncated,
        text_sha256 = excluded.text_sha256,
        received_at = excluded.received_at,
        scored_at = excluded.scored_at,
        source_topic = excluded.source_topic,
        source_partition = excluded.source_partition,
        source_offset = excluded.source_offset,
        stages = excluded.stages,
        decision = excluded.decision,
        language = excluded.language,
        confidence = excluded.confidence,
        set_aside = excluded.set_aside,
        replaced_priority =
          case when held.source_topic is null then held.task_priority else held.replaced_priority end,
        replaced_score =
          case when held.source_topic is null then held.priority_score else held.replaced_score end
      where case
        when held.source_topic is null then true
        when held.source_topic = excluded.source_topic and held.source_partition = excluded.source_partition
          and held.source_offset <> excluded.source_offset
          then excluded.source_offset > held.source_offset
        else excluded.scored_at > held.scored_at
      end
      """;

  /** Saves these scores; a row that holds a newer one stays, and so does an equal one. */
  Mono<Void> save(Connection connection, List<ScoredTicket> scored) {
    return Postgres.execute(
        connection,
        SAVE,
        Postgres.texts(scored, ScoredTicket::taskId),
        Postgres.texts(scored, s -> s.text() == null ? "" : s.text()),
        Postgres.texts(scored, ScoredTicket::taskPriority),
        Postgres.doubles(scored, ScoredTicket::priorityScore),
        Postgres.texts(scored, ScoredTicket::priority),
        Postgres.texts(scored, s -> json(s.scores())),
        Postgres.texts(scored, s -> s.model().name()),
        Postgres.texts(scored, s -> s.model().version()),
        Postgres.texts(scored, s -> s.model().digest()),
        Postgres.booleans(scored, ScoredTicket::truncated),
        Postgres.texts(scored, ScoredTicket::textSha256),
        Postgres.times(scored, ScoredTicket::receivedAt),
        Postgres.times(scored, ScoredTicket::scoredAt),
        Postgres.texts(scored, ScoredTicket::sourceTopic),
        Postgres.ints(scored, ScoredTicket::sourcePartition),
        Postgres.longs(scored, ScoredTicket::sourceOffset),
        Postgres.texts(scored, s -> json(s.stages())),
        Postgres.texts(scored, s -> s.decision() == null ? null : json(s.decision())),
        Postgres.texts(scored, ScoredTicket::language),
        Postgres.texts(scored, ScoredTicket::confidence),
        Postgres.texts(scored, s -> s.setAside() == null ? null : json(s.setAside())));
  }

  private static String json(Object value) {
    return EventJson.mapper().writeValueAsString(value);
  }
}
