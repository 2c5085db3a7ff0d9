package tickets.scorer.labelled;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** CSV as RFC 4180 has it, with a header and any of the usual delimiters. */
final class CsvRows {
  private static final List<Character> DELIMITERS = List.of(',', ';', '\t', '|');

  /** Rows that the delimiter is found out by. */
  private static final int LOOKED_AT = 20;

  private CsvRows() {}

  /**
   * @param wanted one character; empty to find out
   */
  static String read(String text, String wanted, LabelledTickets.Collected rows) {
    char delimiter =
        wanted.isEmpty() ? detect(text) : wanted.equals("\\t") ? '\t' : wanted.charAt(0);
    List<String> header = null;
    try (CsvReader<CsvRecord> records = reader(text, delimiter)) {
      for (CsvRecord record : records) {
        if (header == null) {
          header = header(record, rows);
        } else {
          take(record, header, rows);
        }
      }
    } catch (CsvParseException | UncheckedIOException e) {
      Throwable reason = e.getCause() == null ? e : e.getCause();
      throw new UnusableData("It is no CSV from some line on: " + reason.getMessage(), e);
    } catch (java.io.IOException e) {
      throw new UnusableData("It cannot be read: " + e.getMessage(), e);
    }
    if (header == null) {
      throw new UnusableData("It is empty: the first line must name the columns.");
    }
    return "CSV, delimiter " + (delimiter == '\t' ? "tab" : "'" + delimiter + "'");
  }

  private static CsvReader<CsvRecord> reader(String text, char delimiter) {
    return CsvReader.builder()
        .fieldSeparator(delimiter)
        .skipEmptyLines(true)
        .allowMissingFields(true)
        .allowExtraFields(true)
        .ofCsvRecord(text);
  }

  private static List<String> header(CsvRecord record, LabelledTickets.Collected rows) {
    List<String> names = record.getFields().stream().map(String::strip).toList();
    if (new HashSet<>(names).size() < names.size()) {
      throw new UnusableData("Two columns have the same name: " + names + ".");
    }
    rows.header(names);
    return names;
  }

  private static void take(CsvRecord record, List<String> header, LabelledTickets.Collected rows) {
    long line = record.getStartingLineNumber();
    if (record.getFieldCount() != header.size()) {
      rows.bad(
          line,
          "it has "
              + record.getFieldCount()
              + " fields, the header "
              + header.size()
              + " (a text with the delimiter or a line break in it must stand in quotes)");
      return;
    }
    Map<String, String> row = new LinkedHashMap<>();
    for (int i = 0; i < header.size(); i++) {
      row.put(header.get(i), record.getField(i));
    }
    rows.row(line, row);
  }

  /** The one that cuts the first rows into the most fields, each row into as many. */
  private static char detect(String text) {
    char best = ',';
    double most = 0;
    for (char candidate : DELIMITERS) {
      List<Integer> counts = fieldCounts(text, candidate);
      if (counts == null || counts.isEmpty() || counts.get(0) < 2) {
        continue;
      }
      int header = counts.get(0);
      double alike = counts.stream().filter(count -> count == header).count();
      double score = alike / counts.size() * header;
      if (score > most) {
        most = score;
        best = candidate;
      }
    }
    return best;
  }

  private static @Nullable List<Integer> fieldCounts(String text, char delimiter) {
    List<Integer> counts = new ArrayList<>();
    try (CsvReader<CsvRecord> records = reader(text, delimiter)) {
      for (CsvRecord record : records) {
        counts.add(record.getFieldCount());
        if (counts.size() == LOOKED_AT) {
          break;
        }
      }
      return counts;
    } catch (CsvParseException | java.io.IOException | UncheckedIOException e) {
      return null;
    }
  }
}
