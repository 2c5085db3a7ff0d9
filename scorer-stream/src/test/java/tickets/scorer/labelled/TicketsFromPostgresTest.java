package tickets.scorer.labelled;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tickets.embedded.EmbeddedPostgres;

class TicketsFromPostgresTest {
  @TempDir static Path directory;
  private static EmbeddedPostgres postgres;

  @BeforeAll
  static void start() {
    postgres = EmbeddedPostgres.start(directory.resolve("postgres"), 0);
  }

  @AfterAll
  static void stop() {
    postgres.close();
  }

  @Test
  void readsWhatAQueryGives() {
    LabelledTickets read =
        query(
            """
            select * from (values
              ('Сервер лежит', 3, timestamp '2026-01-02 03:04:05', 'a'),
              ('How do I print?', 0, null, 'b'),
              ('', 1, null, 'c'),
              ('without a label', null, null, 'd')) as t(text, label, at, thread)
            """);

    assertThat(read.tickets()).hasSize(2);
    assertThat(read.tickets().get(0).text()).isEqualTo("Сервер лежит");
    assertThat(read.tickets().get(0).label()).isEqualTo("3");
    assertThat(read.tickets().get(0).field("at")).startsWith("2026-01-02T03:04:05");
    assertThat(read.tickets().get(1).fields()).doesNotContainKey("at");
    assertThat(read.bad().stream().map(BadRow::line)).containsExactly(3L, 4L);
  }

  @Test
  void readsMoreThanOneFetch() {
    LabelledTickets read =
        query("select 'ticket ' || i as text, i % 2 as label from generate_series(1, 20000) as i");

    assertThat(read.tickets()).hasSize(20_000);
    assertThat(read.tickets().get(19_999).text()).isEqualTo("ticket 20000");
  }

  @Test
  void whatCannotBeReadSaysWhatToDo() {
    assertThatThrownBy(() -> query("select 1 as text from nowhere"))
        .isInstanceOf(UnusableData.class)
        .hasMessageContaining("nowhere");
    assertThatThrownBy(() -> query("select 'a' as message, 1 as label"))
        .isInstanceOf(UnusableData.class)
        .hasMessageContaining("[message, label]");
    assertThatThrownBy(() -> query("select 'a' as text, 1 as label where false"))
        .isInstanceOf(UnusableData.class)
        .hasMessageContaining("no rows");
    assertThatThrownBy(
            () ->
                LabelledTickets.query(
                    "postgresql://nobody:wrong@127.0.0.1:" + postgres.port() + "/tickets",
                    "select 1",
                    Columns.USUAL))
        .isInstanceOf(UnusableData.class)
        .hasMessageContaining("PostgreSQL");
    assertThatThrownBy(() -> LabelledTickets.query("tickets.csv", "select 1", Columns.USUAL))
        .isInstanceOf(UnusableData.class)
        .hasMessageContaining("postgresql://user:password@host");
  }

  private static LabelledTickets query(String sql) {
    return LabelledTickets.query(postgres.libpqUrl(), sql, Columns.USUAL);
  }
}
