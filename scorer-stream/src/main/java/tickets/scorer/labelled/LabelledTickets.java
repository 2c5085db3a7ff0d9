package tickets.scorer.labelled;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a source holds.
 *
 * @param tickets in the source's order
 * @param bad rows that could not be taken, in the same order
 * @param source what was read and how, a line for people
 */
public record LabelledTickets(List<LabelledTicket> tickets, List<BadRow> bad, String source) {

  /** A larger one is no list of tickets by hand, and would fill the memory. */
  private static final long MOST_BYTES = 2_000_000_000;

  public LabelledTickets {
    tickets = List.copyOf(tickets);
    bad = List.copyOf(bad);
  }

  /**
   * Reads a file: JSON objects, one a line, if its name ends in .jsonl, .ndjson or .json, else CSV
   * with a header. Encoding and delimiter are found out.
   *
   * @throws UnusableData if nothing can be read
   */
  public static LabelledTickets read(Path file, Columns columns) {
    return read(file, columns, "", "");
  }

  /**
   * @param encoding as Java names it, as windows-1251; empty to find out
   * @param delimiter one character; empty to find out
   * @throws UnusableData if nothing can be read
   */
  public static LabelledTickets read(
      Path file, Columns columns, String encoding, String delimiter) {
    if (!Files.isRegularFile(file)) {
      throw new UnusableData(file + " is not there, or is no file.");
    }
    if (file.toFile().length() > MOST_BYTES) {
      throw new UnusableData(file + " has more than 2 GB: take a part of it.");
    }
    TextFile text = TextFile.read(file, encoding);
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    boolean json = name.endsWith(".jsonl") || name.endsWith(".ndjson") || name.endsWith(".json");
    Collected rows = new Collected(columns);
    String how =
        json ? JsonRows.read(text.text(), rows) : CsvRows.read(text.text(), delimiter, rows);
    return rows.from(file + " (" + how + ", " + text.encoding() + ")");
  }

  /**
   * Reads what a query gives, a row a ticket, with columns named as {@code columns} says.
   *
   * @param url {@code postgresql://user:password@host:port/database}
   * @throws UnusableData if the database can't be asked or refuses the query
   */
  public static LabelledTickets query(String url, String query, Columns columns) {
    Collected rows = new Collected(columns);
    PostgresRows.read(url, query, rows);
    return rows.from("a query to PostgreSQL");
  }

  /** Rows on their way to tickets. */
  static final class Collected {
    private final Columns columns;
    private final List<LabelledTicket> tickets = new ArrayList<>();
    private final List<BadRow> bad = new ArrayList<>();

    private Collected(Columns columns) {
      this.columns = columns;
    }

    /**
     * @throws UnusableData if these columns can't hold tickets
     */
    void header(List<String> names) {
      if (!columns.haveText(names)) {
        throw new UnusableData(
            "There is no column \""
                + columns.text()
                + "\", \""
                + columns.subject()
                + "\" or \""
                + columns.body()
                + "\". The columns are "
                + names
                + ": name yours in the configuration, or on the command line.");
      }
      if (columns.wantLabel() && !names.contains(columns.label())) {
        throw new UnusableData(
            "There is no column \""
                + columns.label()
                + "\" for the label. The columns are "
                + names
                + ": name yours in the configuration, or on the command line.");
      }
    }

    void row(long line, Map<String, String> row) {
      Map<String, String> fields = new LinkedHashMap<>();
      row.forEach(
          (name, value) -> {
            if (!value.isBlank()) {
              fields.put(name, value.strip());
            }
          });
      String text = columns.textOf(fields);
      String label = fields.getOrDefault(columns.label(), "");
      if (text.isEmpty()) {
        bad(line, "it has no text");
      } else if (label.isEmpty() && columns.wantLabel()) {
        bad(line, "it has no label (" + columns.label() + ")");
      } else {
        tickets.add(new LabelledTicket(text, label, fields, line));
      }
    }

    void bad(long line, String reason) {
      bad.add(new BadRow(line, reason));
    }

    private LabelledTickets from(String source) {
      return new LabelledTickets(tickets, bad, source);
    }
  }
}
