package tickets.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactoryOptions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tickets.contract.ScoredTicket;

/** The table of the service replaced is taken over with its rows, and its SQL still runs. */
@ExtendWith(Stores.InJvm.class)
class ReplacedServiceTableTest {

  private static final Instant T = Instant.parse("2026-11-25T10:00:01.250Z");
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final Addresses database;

  ReplacedServiceTableTest(Stores stores) {
    Addresses shared = stores.addresses();
    String name = "replaced_" + Events.freshPrefix().replace("-", "");
    shared.execute("create database " + name);
    database =
        new Addresses(
            shared.kafka(),
            shared.r2dbcUrl().replaceFirst("/[^/]+$", "/" + name),
            shared.jdbcUrl().replaceFirst("/[^/]+$", "/" + name),
            shared.postgresUser(),
            shared.postgresPassword(),
            shared.redisUrl());
  }

  @BeforeEach
  void theReplacedServiceWasHere() {
    database.execute(
        """
        create table prediction (
          id bigserial primary key,
          task_id text unique not null,
          text_task text not null,
          task_priority text not null,
          priority_score double precision not null,
          date_add timestamp default now())
        """);
    database.execute(
        """
        insert into prediction (task_id, text_task, task_priority, priority_score, date_add)
        values ('old-1', 'The printer is on fire', 'LABEL_1', 0.75, '2024-05-06 07:08:09'),
               ('old-2', 'Thank you', 'LABEL_0', 0.5, '2024-05-06 07:08:10')
        """);
    migrate();
  }

  private void migrate() {
    new Schema(database.schemaSettings(LIMIT)).migrate();
  }

  @Test
  void rowsAreKeptAndMigratingAgainChangesNothing() {
    migrate();
    assertThat(
            database.rows(
                "select task_id, priority_score, scores, decision, source_topic from prediction"))
        .hasSize(2)
        .first()
        .satisfies(
            row ->
                assertThat(row)
                    .containsEntry("task_id", "old-1")
                    .containsEntry("priority_score", 0.75)
                    .containsEntry("scores", null)
                    .containsEntry("decision", null)
                    .containsEntry("source_topic", null));
    assertThat(database.tickets("")).isEmpty();
  }

  @Test
  void sqlOfTheReplacedServiceStillRuns() {
    database.execute(
        "insert into prediction (task_id, text_task, task_priority, priority_score)"
            + " values ('old-3', 'Hello', 'LABEL_0', 0.6)");
    assertThat(
            database.rows(
                "select id, task_id, text_task, task_priority, priority_score, date_add"
                    + " from prediction where task_id = 'old-3'"))
        .singleElement()
        .satisfies(row -> assertThat(row.get("date_add")).isNotNull())
        .satisfies(row -> assertThat(row).containsEntry("id", 3L));
  }

  @Test
  void aNewScoreReplacesAnOldRowButNotItsDate() {
    save(Events.scored("old-1", 0, 5, T, "Help"));
    // And a later one: that one is not the replaced service's any more.
    save(Events.scored("old-1", 0, 6, T.plusSeconds(1), "Help"));

    assertThat(database.predictions("old-1"))
        .singleElement()
        .satisfies(
            row ->
                assertThat(row)
                    .containsEntry("id", 1L)
                    .containsEntry("text_task", "Help")
                    .containsEntry("priority_score", 0.92)
                    .as("what the replaced service had said stays beside it")
                    .containsEntry("replaced_priority", "LABEL_1")
                    .containsEntry("replaced_score", 0.75)
                    .hasEntrySatisfying(
                        "date_add",
                        date -> assertThat(date).asString().startsWith("2024-05-06 07:08:09")));
  }

  private void save(ScoredTicket scored) {
    Postgres postgres =
        new Postgres(
            ConnectionFactories.get(
                ConnectionFactoryOptions.parse(database.r2dbcUrl())
                    .mutate()
                    .option(ConnectionFactoryOptions.USER, database.postgresUser())
                    .option(ConnectionFactoryOptions.PASSWORD, database.postgresPassword())
                    .build()),
            LIMIT);
    postgres.inTransaction(connection -> new ScoreTable().save(connection, List.of(scored)));
  }

  /** Every column's, one that a later migration adds too: the largest says how many rows. */
  @Test
  void statisticsTakeATenthOfTheUsualRowsApart() {
    assertThat(
            database.rows(
                """
                select attrelid::regclass::text as owner, attname from pg_attribute
                where attrelid in ('prediction'::regclass, 'prediction_age'::regclass, 'ticket'::regclass)
                  and attnum > 0 and not attisdropped
                  and coalesce(attstattarget, -1) not between 0 and 10
                """))
        .isEmpty();
  }
}
