package tickets.ingest.quality;

import io.r2dbc.spi.Readable;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * What PostgreSQL knows of tickets that people corrected or confirmed. A ticket counts once, by the
 * newest that was said of it in a time; beside it stands what the model had said by then or, if it
 * had said nothing, what it says now.
 */
@Component
final class JudgedTickets {

  /** Longer than the pool's own limits, which say more when they fail. */
  private static final Duration QUERY_LIMIT = Duration.ofSeconds(4);

  /** More than any model's labels, languages and years of weeks make; a bound all the same. */
  private static final int MOST_GROUPS = 20_000;

  private static final String COUNT =
      """
      select coalesce(said.model_task_priority, p.task_priority, '') as model,
             coalesce(said.model_priority, case when p.decision ->> 'review' = 'true' then null else p.priority end,
               p.task_priority, '') as model_name,
             said.task_priority as people, said.priority as people_name,
             coalesce(p.language, 'unknown') as language,
             to_char(said.corrected_at at time zone 'UTC', 'IYYY-"W"IW') as week,
             count(*) as tickets
      from (
        select distinct on (task_id) * from correction
        where corrected_at >= $1 and corrected_at < $2 and starts_with(task_id, $3)
        order by task_id, corrected_at desc, source_offset desc) said
      left join prediction p on p.task_id = said.task_id
      group by 1, 2, 3, 4, 5, 6
      order by tickets desc
      limit $4
      """;

  private final DatabaseClient postgres;

  JudgedTickets(DatabaseClient postgres) {
    this.postgres = postgres;
  }

  /**
   * Counts those of which something was said in that time.
   *
   * @param to exclusive
   * @param prefix of the ids that count
   * @return fails if PostgreSQL does not answer
   */
  Mono<List<Judged>> between(Instant from, Instant to, String prefix) {
    return postgres
        .sql(COUNT)
        .bind("$1", from.atOffset(ZoneOffset.UTC))
        .bind("$2", to.atOffset(ZoneOffset.UTC))
        .bind("$3", prefix)
        .bind("$4", MOST_GROUPS)
        .map(JudgedTickets::judged)
        .all()
        .collectList()
        .timeout(QUERY_LIMIT);
  }

  private static Judged judged(Readable row) {
    Long tickets = row.get("tickets", Long.class);
    return new Judged(
        text(row, "model"),
        text(row, "model_name"),
        text(row, "people"),
        text(row, "people_name"),
        text(row, "language"),
        text(row, "week"),
        tickets == null ? 0 : tickets);
  }

  private static String text(Readable row, String column) {
    String value = row.get(column, String.class);
    return value == null ? "" : value;
  }
}
