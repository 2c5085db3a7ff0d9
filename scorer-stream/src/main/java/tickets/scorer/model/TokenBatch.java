package tickets.scorer.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;

/**
 * The tokens of one forward pass: rows of the same width, the shorter ones padded. Immutable.
 *
 * <p>{@link #cut} makes passes out of a list of tickets so that little is worked out in vain: equal
 * sequences become one row, rows are sorted by length, and the sorted list is cut where padding
 * would cost more than a further pass.
 */
public final class TokenBatch {
  private final List<int[]> rows;
  private final List<int[]> tickets;
  private final int width;

  private TokenBatch(List<int[]> rows, List<int[]> tickets, int width) {
    this.rows = rows;
    this.tickets = tickets;
    this.width = width;
  }

  private static int longest(List<int[]> rows) {
    return rows.stream().mapToInt(row -> row.length).max().orElse(0);
  }

  /** One pass of these sequences as they come; row i is ticket i. */
  public static TokenBatch of(List<int[]> sequences) {
    List<int[]> rows = new ArrayList<>();
    List<int[]> tickets = new ArrayList<>();
    for (int i = 0; i < sequences.size(); i++) {
      rows.add(sequences.get(i).clone());
      tickets.add(new int[] {i});
    }
    return new TokenBatch(rows, tickets, longest(rows));
  }

  /** As {@link #cut(List, int, int, int, int)}, each pass just as wide as its longest row. */
  static List<TokenBatch> cut(List<int[]> sequences, int limit, int overhead) {
    return cut(sequences, limit, overhead, 1, Integer.MAX_VALUE);
  }

  /**
   * The passes for these sequences with the least cost, where a pass costs its padded tokens and
   * {@code overhead}. Every index of {@code sequences} is in {@link #tickets} of exactly one row of
   * one pass.
   *
   * @param limit the most padded tokens of a pass, before those that make a multiple; a sequence
   *     longer than that gets a pass of its own
   * @param overhead the fixed cost of a pass, in tokens
   * @param multiple rows are padded until a pass has a multiple of so many tokens, a power of two,
   *     so that passes of other tickets have as many
   * @param widest the most tokens that a row may be padded to
   */
  static List<TokenBatch> cut(
      List<int[]> sequences, int limit, int overhead, int multiple, int widest) {
    List<int[]> rows = new ArrayList<>();
    List<int[]> tickets = new ArrayList<>();
    distinctByLength(sequences, rows, tickets);
    int count = rows.size();

    // cheapest[end]: the least cost of the first `end` rows; from[end]: where the last of its
    // passes begins. A pass is a run of the sorted
    // rows, as wide as its last one. It ends early at the limit, so this is count x rows a pass at
    // most.
    long[] cheapest = new long[count + 1];
    int[] from = new int[count + 1];
    for (int end = 1; end <= count; end++) {
      int wide = rows.get(end - 1).length;
      cheapest[end] = Long.MAX_VALUE;
      for (int begin = end - 1; begin >= 0; begin--) {
        if ((long) (end - begin) * wide > limit && begin < end - 1) {
          break;
        }
        long padded = (long) (end - begin) * width(end - begin, wide, multiple, widest);
        long cost = cheapest[begin] + padded + overhead;
        if (cost < cheapest[end]) {
          cheapest[end] = cost;
          from[end] = begin;
        }
      }
    }
    List<TokenBatch> passes = new ArrayList<>();
    for (int end = count; end > 0; end = from[end]) {
      int wide = rows.get(end - 1).length;
      passes.add(
          run(rows, tickets, from[end], end, width(end - from[end], wide, multiple, widest)));
    }
    Collections.reverse(passes);
    return passes;
  }

  /** The least width from {@code wide} on with which so many rows have a multiple of tokens. */
  private static int width(int rows, int wide, int multiple, int widest) {
    int step = multiple / Math.min(multiple, Integer.lowestOneBit(rows));
    int width = (wide + step - 1) / step * step;
    return width > widest ? wide : width;
  }

  /**
   * As few passes as there can be of up to {@code limit} tokens each, for a model that needs no
   * padding. Tickets are found again as in {@link #cut}.
   */
  static List<TokenBatch> cutUnpadded(List<int[]> sequences, int limit) {
    List<int[]> rows = new ArrayList<>();
    List<int[]> tickets = new ArrayList<>();
    distinctByLength(sequences, rows, tickets);
    List<TokenBatch> passes = new ArrayList<>();
    int begin = 0;
    int tokens = 0;
    for (int row = 0; row < rows.size(); row++) {
      int length = rows.get(row).length;
      if (row > begin && tokens + length > limit) {
        passes.add(run(rows, tickets, begin, row, rows.get(row - 1).length));
        begin = row;
        tokens = 0;
      }
      tokens += length;
    }
    if (begin < rows.size()) {
      passes.add(run(rows, tickets, begin, rows.size(), rows.get(rows.size() - 1).length));
    }
    return passes;
  }

  private static TokenBatch run(
      List<int[]> rows, List<int[]> tickets, int begin, int end, int width) {
    return new TokenBatch(
        List.copyOf(rows.subList(begin, end)), List.copyOf(tickets.subList(begin, end)), width);
  }

  /**
   * Fills rows with the distinct sequences, shortest first, and tickets with the indexes that each
   * stands for.
   */
  private static void distinctByLength(
      List<int[]> sequences, List<int[]> rows, List<int[]> tickets) {
    Integer[] order = new Integer[sequences.size()];
    Arrays.setAll(order, i -> i);
    Arrays.sort(
        order,
        Comparator.<Integer>comparingInt(i -> sequences.get(i).length)
            .thenComparing(sequences::get, Arrays::compare)
            .thenComparing(Comparator.naturalOrder()));
    for (int begin = 0, end; begin < order.length; begin = end) {
      int[] sequence = sequences.get(order[begin]);
      end = begin + 1;
      while (end < order.length && Arrays.equals(sequence, sequences.get(order[end]))) {
        end++;
      }
      rows.add(sequence.clone());
      tickets.add(Arrays.stream(order, begin, end).mapToInt(i -> i).toArray());
    }
  }

  public int size() {
    return rows.size();
  }

  /** Length of the longest row, or what that is padded to as well. */
  public int width() {
    return width;
  }

  /** The tokens of a row, without padding. */
  public int[] row(int row) {
    return rows.get(row).clone();
  }

  /** This row as a batch of its own. */
  TokenBatch only(int row) {
    return new TokenBatch(List.of(rows.get(row)), List.of(tickets.get(row)), rows.get(row).length);
  }

  /**
   * The indexes of the tickets that this row stands for: more than one where their tokens are
   * equal.
   */
  int[] tickets(int row) {
    return tickets.get(row).clone();
  }

  /** Of all rows, without padding. */
  int tokens() {
    return rows.stream().mapToInt(row -> row.length).sum();
  }

  /** What a model that pads works through. */
  int paddedTokens() {
    return rows.size() * width;
  }

  /** Row after row, padded with 0 to the width. */
  int[] padded() {
    int[] ids = new int[paddedTokens()];
    for (int i = 0; i < rows.size(); i++) {
      System.arraycopy(rows.get(i), 0, ids, i * width, rows.get(i).length);
    }
    return ids;
  }

  /**
   * Without padding: the ids of row after row, {@link #tokens} of them, then as many positions,
   * each counted from 0 within its row.
   */
  int[] idsAndPositions() {
    int all = tokens();
    int[] both = new int[2 * all];
    int next = 0;
    for (int[] row : rows) {
      System.arraycopy(row, 0, both, next, row.length);
      for (int position = 0; position < row.length; position++) {
        both[all + next + position] = position;
      }
      next += row.length;
    }
    return both;
  }

  /** Where in {@link #idsAndPositions} each row begins, and last where all of them end. */
  int[] starts() {
    int[] starts = new int[rows.size() + 1];
    for (int i = 0; i < rows.size(); i++) {
      starts[i + 1] = starts[i] + rows.get(i).length;
    }
    return starts;
  }

  /** True length of each row. */
  int[] lengths() {
    return rows.stream().mapToInt(row -> row.length).toArray();
  }
}
