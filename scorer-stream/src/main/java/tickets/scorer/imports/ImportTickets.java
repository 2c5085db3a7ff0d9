package tickets.scorer.imports;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import tickets.contract.EventJson;
import tickets.contract.InvalidTicket;
import tickets.contract.Rejection;
import tickets.contract.Sha256;
import tickets.contract.Ticket;
import tickets.contract.TicketDraft;
import tickets.contract.TicketId;
import tickets.scorer.ServiceEnvironment;
import tickets.scorer.evaluate.Arguments;
import tickets.scorer.labelled.BadRow;
import tickets.scorer.labelled.Columns;
import tickets.scorer.labelled.LabelledTicket;
import tickets.scorer.labelled.LabelledTickets;
import tickets.scorer.labelled.UnusableData;
import tools.jackson.databind.node.ObjectNode;

/**
 * Has the tickets of the service replaced scored by this one: publishes each row of its table, or
 * of an export of it, under the row's own id, and leaves the rest to the pipeline
 * (docs/decisions/0019-how-do-old-tickets-come-in.md).
 */
public final class ImportTickets {
  private static final String USAGE =
      """
      Usage: models/import SOURCE [options]

      Has the tickets of the service replaced scored anew. SOURCE is a CSV or JSONL file, or a database as
      postgresql://user:password@host:5432/database, of which the table prediction is read. Every row is published to the
      topic tickets under its own id, no faster than the scorers follow; the same command goes on after a stop, and a row
      that comes twice is one row still. Rows that this service has scored already are passed over.

        --query SQL       what to read of a database (select * from prediction order by id)
        --text COLUMN     of the text (text_task; where it is empty, subject and body)
        --id COLUMN       of the id (task_id); a row without one gets an id made of its text
        --encoding NAME   of a file (found out)
        --delimiter C     of a CSV (found out)
        --ahead N         how many tickets may wait for the scorers at a time (128)
        --rate N          at most so many tickets a second (no bound but --ahead)
        --progress FILE   where the place is kept (SOURCE.import-progress, or prediction.import-progress)
        --check           reads and checks the rows, and publishes none

      Kafka is found by KAFKA_BOOTSTRAP_SERVERS and its kin, as by the services; REDACT and TEXT_MAX_CHARS are obeyed.
      Exit status: 0 done, 1 done but for rows that could not be taken, 2 something to be changed first.
      """;

  private static final Set<String> VALUED =
      Set.of(
          "--query",
          "--text",
          "--id",
          "--encoding",
          "--delimiter",
          "--ahead",
          "--rate",
          "--progress");

  private static final String ALL_ROWS = "select * from prediction order by id";

  /** Tickets between two looks at how far the scorers are. */
  private static final int PART = 64;

  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private final Arguments arguments;
  private final ServiceEnvironment environment;
  private final PrintStream out;
  private final PrintStream errors;
  private final List<BadRow> bad = new ArrayList<>();
  private int scoredHere;

  private ImportTickets(
      Arguments arguments, ServiceEnvironment environment, PrintStream out, PrintStream errors) {
    this.arguments = arguments;
    this.environment = environment;
    this.out = out;
    this.errors = errors;
  }

  public static void main(String[] words) {
    System.exit(run(List.of(words), System.getenv(), System.out, System.err));
  }

  /**
   * @return the exit status: 0 done, 1 done but for rows that could not be taken, 2 something to be
   *     changed first
   */
  public static int run(
      List<String> words, Map<String, String> environment, PrintStream out, PrintStream errors) {
    if (words.contains("--help")) {
      out.print(USAGE);
      return 0;
    }
    try {
      Arguments arguments = Arguments.of(Set.of("--check"), VALUED, words);
      if (arguments.free().size() != 1) {
        throw new Arguments.Misunderstood("It takes one SOURCE.");
      }
      return new ImportTickets(arguments, new ServiceEnvironment(environment), out, errors).run();
    } catch (Arguments.Misunderstood e) {
      errors.print(e.getMessage() + "\n\n" + USAGE);
      return 2;
    } catch (UnusableData | KafkaException | IllegalArgumentException e) {
      errors.println("Cannot import: " + e.getMessage());
      return 2;
    } catch (IOException e) {
      errors.println("Cannot import: a file cannot be read: " + e);
      return 2;
    }
  }

  private int run() throws IOException {
    int ahead = number("--ahead", 128);
    int rate = number("--rate", Integer.MAX_VALUE);
    LabelledTickets source = source();
    bad.addAll(source.bad());
    List<LabelledTicket> rows = source.tickets();
    out.printf(Locale.ROOT, "%,d rows of %s%n", rows.size(), source.source());
    ImportProgress progress = new ImportProgress(progressFile(), fingerprint());
    int done = arguments.has("--check") ? 0 : progress.read(rows.stream().map(this::id).toList());
    if (done > 0) {
      out.printf(Locale.ROOT, "%,d of them were published before: going on from there%n", done);
    }
    if (arguments.has("--check")) {
      return report(tickets(rows).size() + " tickets could be published");
    }
    int published = 0;
    long begun = System.nanoTime();
    try (BoundedPublisher publisher =
        new BoundedPublisher(environment.kafkaSettings(), ahead, PATIENCE)) {
      for (int at = done; at < rows.size(); at += PART) {
        List<LabelledTicket> part = rows.subList(at, Math.min(rows.size(), at + PART));
        List<Ticket> tickets = tickets(part);
        publisher.publish(tickets);
        published += tickets.size();
        progress.write(id(part.get(part.size() - 1)));
        tell(at + part.size(), rows.size(), published, begun);
        hold(published, rate, begun);
      }
    }
    return report(String.format(Locale.ROOT, "%,d tickets published", published));
  }

  /** Those that can be published; what can't is noted. */
  private List<Ticket> tickets(List<LabelledTicket> rows) {
    List<Ticket> tickets = new ArrayList<>();
    for (LabelledTicket row : rows) {
      if (!row.field("source_topic").isEmpty()) {
        // In a table that both services have written to: this one came by a topic.
        scoredHere++;
        continue;
      }
      Ticket ticket = ticket(row);
      if (ticket != null) {
        tickets.add(ticket);
      }
    }
    return tickets;
  }

  private LabelledTickets source() {
    String source = arguments.free().get(0);
    Columns columns =
        new Columns(arguments.last("--text").orElse("text_task"), "subject", "body", "");
    if (isDatabase()) {
      return LabelledTickets.query(source, arguments.last("--query").orElse(ALL_ROWS), columns);
    }
    if (arguments.has("--query")) {
      throw new Arguments.Misunderstood("--query goes with a database.");
    }
    return LabelledTickets.read(
        Path.of(source),
        columns,
        arguments.last("--encoding").orElse(""),
        arguments.last("--delimiter").orElse(""));
  }

  private boolean isDatabase() {
    return arguments.free().get(0).matches("(jdbc:|r2dbc:)?postgres(ql)?://.*");
  }

  private Path progressFile() {
    return arguments
        .last("--progress")
        .map(Path::of)
        .orElseGet(
            () ->
                Path.of(
                    (isDatabase() ? "prediction" : arguments.free().get(0)) + ".import-progress"));
  }

  /** Of what is read, so that another file under the same name begins at its beginning. */
  private String fingerprint() throws IOException {
    String source = arguments.free().get(0);
    return isDatabase()
        ? Sha256.hex(source + "\n" + arguments.last("--query").orElse(ALL_ROWS))
        : Sha256.hex(Files.readAllBytes(Path.of(source)));
  }

  private int number(String option, int otherwise) {
    String value = arguments.last(option).orElse("");
    if (value.isEmpty()) {
      return otherwise;
    }
    if (!value.matches("[1-9]\\d{0,8}")) {
      throw new Arguments.Misunderstood(option + " is a whole number above 0, not " + value);
    }
    return Integer.parseInt(value);
  }

  private String id(LabelledTicket row) {
    String own = row.field(arguments.last("--id").orElse("task_id"));
    // The same at every repetition.
    return own.isEmpty() ? "imported-" + Sha256.hex(row.text()).substring(0, 32) : own;
  }

  private @Nullable Ticket ticket(LabelledTicket row) {
    String id = id(row);
    ObjectNode body = EventJson.mapper().createObjectNode();
    body.put("text", row.text()).put("source", "import");
    try {
      TicketDraft draft =
          TicketDraft.parse(
              body.toString().getBytes(StandardCharsets.UTF_8),
              environment.textMaxChars(),
              environment.redact());
      if (!TicketId.isValid(id)) {
        throw new InvalidTicket(
            Rejection.Code.INVALID, "its id, " + id + ", is not 1 to 128 of A-Z a-z 0-9 . _ : -");
      }
      return new Ticket(id, draft.text(), time(row.field("date_add")), draft.source());
    } catch (InvalidTicket e) {
      bad.add(new BadRow(row.line(), e.reason()));
      return null;
    }
  }

  /** The replaced service wrote UTC without saying so. */
  private static @Nullable Instant time(String written) {
    try {
      return written.isEmpty()
          ? null
          : LocalDateTime.parse(written.replace(' ', 'T')).toInstant(ZoneOffset.UTC);
    } catch (DateTimeParseException e) {
      return null;
    }
  }

  private void tell(int at, int all, int published, long begun) {
    if (System.console() != null || at == all || at / PART % 50 == 0) {
      double seconds = Math.max(1e-3, (System.nanoTime() - begun) / 1e9);
      double perSecond = published / seconds;
      errors.printf(
          Locale.ROOT,
          "%,d of %,d rows, %.0f tickets/s, about %,.0f s left%s",
          at,
          all,
          perSecond,
          perSecond > 0 ? (all - at) / perSecond : 0,
          System.console() != null && at < all ? "   \r" : "\n");
    }
  }

  /** So that no more than the rate are published, from the beginning on. */
  private static void hold(int published, int rate, long begun) {
    long due = begun + (long) (published * 1e9 / rate);
    try {
      Thread.sleep(Math.max(0, (due - System.nanoTime()) / 1_000_000));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnusableData("Interrupted. The same command goes on from here.", e);
    }
  }

  private int report(String done) {
    bad.forEach(errors::println);
    out.println(
        done
            + (scoredHere == 0 ? "" : ", " + scoredHere + " rows were scored here already")
            + (bad.isEmpty() ? "." : ", " + bad.size() + " rows could not be taken."));
    return bad.isEmpty() ? 0 : 1;
  }
}
