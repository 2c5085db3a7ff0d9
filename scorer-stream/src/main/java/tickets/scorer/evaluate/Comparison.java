package tickets.scorer.evaluate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tickets.scorer.model.Decision;
import tickets.scorer.model.ModelManifest;

/**
 * What would change if one model took another's place.
 *
 * @param a the model that serves
 * @param b the model that might
 * @param data the tickets that both have scored, for people
 * @param notes what a reader has to know beside
 * @param priorities all that occur in either model, the least urgent first; review last
 * @param sameLevels whether both have the same priorities in the same order, so that levels can be
 *     counted between them
 * @param rows one a ticket
 * @param moves from one priority to another, the most frequent first; those that stay are none
 * @param biggest moves by levels, then by how sure B is
 * @param verdict of people's labels; null without any
 */
record Comparison(
    Side a,
    Side b,
    String data,
    List<String> notes,
    List<String> priorities,
    boolean sameLevels,
    List<TwiceScored> rows,
    List<Move> moves,
    List<TwiceScored> biggest,
    @Nullable Verdict verdict) {

  private static final int MOST_SHOWN = 25;

  Comparison {
    notes = List.copyOf(notes);
    priorities = List.copyOf(priorities);
    rows = List.copyOf(rows);
    moves = List.copyOf(moves);
    biggest = List.copyOf(biggest);
  }

  /**
   * @param ticketsPerSecond that it read, on this machine with all cores
   * @param evaluation by people's labels; null without any
   */
  record Side(ModelManifest manifest, double ticketsPerSecond, @Nullable Evaluation evaluation) {}

  record Move(String from, String to, int tickets) {}

  /**
   * Whose labels say who is right.
   *
   * @param judged tickets with a label that both models know
   * @param chance how likely two equally good models would differ as much as this or more: an exact
   *     sign test on the tickets that only one has right
   */
  record Verdict(int judged, int both, int onlyA, int onlyB, int neither, double chance) {
    static @Nullable Verdict of(List<TwiceScored> rows) {
      int[] counts = new int[4];
      for (TwiceScored row : rows) {
        if (row.judged()) {
          counts[
              (Boolean.TRUE.equals(row.a().right()) ? 0 : 2)
                  + (Boolean.TRUE.equals(row.b().right()) ? 0 : 1)]++;
        }
      }
      int judged = counts[0] + counts[1] + counts[2] + counts[3];
      return judged == 0
          ? null
          : new Verdict(
              judged, counts[0], counts[1], counts[2], counts[3], chance(counts[1], counts[2]));
    }

    /** Two-sided, of fair tosses that come out like this or more one-sided. */
    static double chance(int one, int other) {
      int tosses = one + other;
      double sum = 0;
      double logarithm = -tosses * Math.log(2);
      for (int heads = 0; heads <= Math.min(one, other); heads++) {
        sum += Math.exp(logarithm);
        logarithm += Math.log(tosses - heads) - Math.log(heads + 1);
      }
      return Math.min(1, 2 * sum);
    }
  }

  static Comparison of(Side a, Side b, String data, List<String> notes, List<TwiceScored> rows) {
    List<String> inA = inOrder(a.manifest());
    List<String> inB = inOrder(b.manifest());
    boolean same = inA.equals(inB);
    LinkedHashSet<String> priorities = new LinkedHashSet<>(inA);
    priorities.addAll(inB);
    Map<Move, Integer> counts = new LinkedHashMap<>();
    List<TwiceScored> moved = new ArrayList<>();
    for (TwiceScored row : rows) {
      for (TwiceScored.Answer answer : List.of(row.a(), row.b())) {
        if (answer.priority().equals(Decision.REVIEW)) {
          priorities.add(Decision.REVIEW);
        }
      }
      if (row.moved()) {
        counts.merge(new Move(row.a().priority(), row.b().priority(), 0), 1, Integer::sum);
        moved.add(row);
      }
    }
    List<Move> moves = new ArrayList<>();
    counts.forEach((move, count) -> moves.add(new Move(move.from(), move.to(), count)));
    moves.sort(Comparator.comparingInt(move -> -move.tickets()));
    moved.sort(
        Comparator.<TwiceScored>comparingInt(row -> same ? -Math.abs(row.levels()) : 0)
            .thenComparingDouble(row -> -row.b().probability()));
    return new Comparison(
        a,
        b,
        data,
        notes,
        List.copyOf(priorities),
        same,
        rows,
        moves,
        moved.subList(0, Math.min(MOST_SHOWN, moved.size())),
        Verdict.of(rows));
  }

  private static List<String> inOrder(ModelManifest manifest) {
    return manifest.leastUrgentFirst().stream().map(manifest.priorities()::get).toList();
  }

  /** Why there is no verdict, a sentence for people. */
  String whyNoVerdict() {
    long labelled = rows.stream().filter(row -> row.label() != null).count();
    return labelled == 0
        ? "No labels of people say who is right."
        : "People have labelled %,d of these tickets, but with none that both models know: nobody can say who is right."
            .formatted(labelled);
  }

  int moved() {
    return moves.stream().mapToInt(Move::tickets).sum();
  }

  /** Moves to a more urgent label; counted where levels can be. */
  int up() {
    return (int) rows.stream().filter(row -> row.moved() && row.levels() > 0).count();
  }

  /** Moves to a less urgent label; counted where levels can be. */
  int down() {
    return (int) rows.stream().filter(row -> row.moved() && row.levels() < 0).count();
  }

  /** How many more tickets B leaves to people than A does. */
  int toReview() {
    int more = 0;
    for (TwiceScored row : rows) {
      more += row.b().priority().equals(Decision.REVIEW) ? 1 : 0;
      more -= row.a().priority().equals(Decision.REVIEW) ? 1 : 0;
    }
    return more;
  }

  /** Row: priority under A, column: under B. */
  List<List<Integer>> matrix() {
    int[][] counts = new int[priorities.size()][priorities.size()];
    for (TwiceScored row : rows) {
      counts[priorities.indexOf(row.a().priority())][priorities.indexOf(row.b().priority())]++;
    }
    List<List<Integer>> matrix = new ArrayList<>();
    for (int[] row : counts) {
      matrix.add(Arrays.stream(row).boxed().toList());
    }
    return matrix;
  }
}
