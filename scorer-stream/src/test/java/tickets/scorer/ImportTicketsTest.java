package tickets.scorer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import tickets.contract.ScoredTicket;
import tickets.contract.Topics;
import tickets.scorer.imports.ImportTickets;

/** {@code models/import}, against a real broker and a running scorer. */
class ImportTicketsTest {
  @RegisterExtension static final TestKafka kafka = new TestKafka();

  private static final String HEADER =
      "id;task_id;text_task;task_priority;priority_score;date_add;source_topic";

  @TempDir Path directory;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream errors = new ByteArrayOutputStream();
  private Path export;

  @BeforeEach
  void name() {
    export = directory.resolve("prediction.csv");
  }

  private int run(String... options) {
    List<String> words = new ArrayList<>(List.of(export.toString()));
    words.addAll(Arrays.asList(options));
    return ImportTickets.run(
        words,
        Map.of("KAFKA_BOOTSTRAP_SERVERS", kafka.servers()),
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(errors, true, StandardCharsets.UTF_8));
  }

  private void write(List<String> rows) throws IOException {
    Files.write(
        export,
        (HEADER + "\r\n" + String.join("\r\n", rows)).getBytes(Charset.forName("windows-1251")));
  }

  private static List<String> rows(String prefix, int count) {
    List<String> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      rows.add(
          i
              + ";"
              + prefix
              + i
              + ";\"Не работает касса; номер "
              + i
              + "\";LABEL_1;0.71;2024-05-01 10:12:13.5;");
    }
    return rows;
  }

  /** How many records the topic of tickets has. */
  private static long published() {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.servers()))) {
      long all = 0;
      for (int partition = 0; partition < Topics.PARTITIONS; partition++) {
        TopicPartition one = new TopicPartition(Topics.TICKETS, partition);
        all +=
            admin.listOffsets(Map.of(one, OffsetSpec.latest())).partitionResult(one).get().offset();
      }
      return all;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void everyRowIsScoredOnceUnderItsOwnIdHoweverOftenItIsImported() throws IOException {
    List<String> rows = rows("old-", 150);
    rows.set(3, "3;old-3;;LABEL_0;0.5;2024-05-01 10:12:13;");
    rows.set(4, "4;bad id;Текст;LABEL_0;0.5;2024-05-01 10:12:13;");
    rows.set(5, "5;old-5;" + "х".repeat(10_001) + ";LABEL_0;0.5;2024-05-01 10:12:13;");
    rows.set(6, "6;;Строка без номера;LABEL_0;0.5;2024-05-01 10:12:13;");
    rows.set(7, "7;old-7;Уже здесь;LABEL_0;0.5;2024-05-01 10:12:13;tickets");
    rows.set(8, "8;old-8;Слишком;мало");
    write(rows);

    try (TestScorer scorer =
        TestScorer.start(kafka.servers(), directory, new StubEngine(), 32, Duration.ofMillis(5))) {
      scorer.awaitRunning();
      assertThat(run("--ahead", "40")).isEqualTo(1);
      assertThat(out.toString(StandardCharsets.UTF_8))
          .contains("windows-1251")
          .contains(
              "145 tickets published, 1 rows were scored here already, 4 rows could not be taken");
      assertThat(errors.toString(StandardCharsets.UTF_8))
          .contains("line 5: it has no text")
          .contains("line 6: its id, bad id, is not 1 to 128")
          .contains("line 7: The text has 10001 characters")
          .contains("line 10: it has 4 fields, the header 7");

      List<TestKafka.Arrival> scored =
          kafka.awaitOutcomes(
              145, one -> one.taskId().startsWith("old-") || one.taskId().startsWith("imported-"));
      assertThat(scored)
          .extracting(one -> one.outcome().taskId())
          .doesNotHaveDuplicates()
          .contains("old-0", "old-149")
          .doesNotContain("old-7");
      assertThat(((ScoredTicket) scored.get(0).outcome()).text()).startsWith("Не работает касса; ");

      long before = published();
      assertThat(run()).isEqualTo(1);
      assertThat(out.toString(StandardCharsets.UTF_8))
          .contains("148 of them were published before")
          .contains("0 tickets published");
      assertThat(published()).isEqualTo(before);
    }
  }

  @Test
  void noMoreTicketsWaitThanAreAllowedAndAStoppedImportGoesOn() throws Exception {
    write(rows("halted-", 300));
    long before = published();

    CompletableFuture<Integer> done = CompletableFuture.supplyAsync(() -> run("--ahead", "64"));
    Awaitility.await("the bound is reached")
        .atMost(TestKafka.LIMIT)
        .until(() -> published() - before > 64);
    // Nobody scores: no further part may come.
    Thread.sleep(1_500);
    assertThat(published() - before).isEqualTo(128);
    assertThat(done).isNotDone();

    // As if it had been killed here, and begun again.
    String progress = Files.readString(directory.resolve("prediction.csv.import-progress"));
    assertThat(progress).contains("\"last\":\"halted-63\"");

    try (TestScorer scorer =
        TestScorer.start(kafka.servers(), directory, new StubEngine(), 32, Duration.ofMillis(5))) {
      scorer.awaitRunning();
      assertThat(done.get()).isZero();
      assertThat(kafka.awaitOutcomes(300, one -> one.taskId().startsWith("halted-")))
          .extracting(one -> one.outcome().taskId())
          .doesNotHaveDuplicates();
    }
  }

  @Test
  void rowsCanBeCheckedWithoutPublishingAny() throws IOException {
    write(rows("checked-", 5));
    long before = published();

    assertThat(run("--check")).isZero();

    assertThat(out.toString(StandardCharsets.UTF_8)).contains("5 tickets could be published.");
    assertThat(published()).isEqualTo(before);
    assertThat(directory.resolve("prediction.csv.import-progress")).doesNotExist();
  }

  @Test
  void whatIsNotUnderstoodIsSaid() throws IOException {
    write(rows("x-", 1));

    assertThat(run("--ahead", "none")).isEqualTo(2);
    assertThat(run("--text", "message")).isEqualTo(2);
    assertThat(run("--query", "select 1")).isEqualTo(2);
    assertThat(run("--wrong")).isEqualTo(2);
    assertThat(errors.toString(StandardCharsets.UTF_8))
        .contains("--ahead is a whole number above 0, not none")
        .contains("There is no column \"message\"")
        .contains("--query goes with a database.")
        .contains("Not understood: --wrong");
  }
}
