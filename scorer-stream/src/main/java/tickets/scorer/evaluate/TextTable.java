package tickets.scorer.evaluate;

import java.util.List;

/** Rows under one another for a terminal: the first column to the left, the others to the right. */
final class TextTable {
  private static final int LONGEST_TEXT = 100;

  private TextTable() {}

  /**
   * @param rows all as long as the first, which is the head
   */
  static String of(List<List<String>> rows) {
    int columns = rows.get(0).size();
    int[] width = new int[columns];
    for (List<String> row : rows) {
      for (int i = 0; i < columns; i++) {
        width[i] = Math.max(width[i], row.get(i).length());
      }
    }
    StringBuilder table = new StringBuilder();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < columns; i++) {
        String space = " ".repeat(width[i] - row.get(i).length());
        line.append(i == 0 ? row.get(i) + space : "  " + space + row.get(i));
      }
      table.append(line.toString().stripTrailing()).append('\n');
    }
    return table.toString();
  }

  /** A ticket in one line, shortened. */
  static String oneLine(String ticket) {
    // Control characters of a ticket are none of the terminal's business.
    String plain = ticket.replaceAll("[\\p{Cntrl}\\s]+", " ").strip();
    return plain.codePointCount(0, plain.length()) <= LONGEST_TEXT
        ? plain
        : plain.substring(0, plain.offsetByCodePoints(0, LONGEST_TEXT - 1)) + "…";
  }
}
