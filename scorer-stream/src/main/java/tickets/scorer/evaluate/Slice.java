package tickets.scorer.evaluate;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The tickets that have one value in one field: a language, a kind of desk, a customer.
 *
 * @param interval of the accuracy, so that a handful of tickets does not mislead
 */
public record Slice(
    String field,
    String value,
    int n,
    double accuracy,
    Interval interval,
    double macroF1,
    double meanAbsoluteError) {

  /** Fewer tickets say next to nothing. */
  public static final int FEWEST = 20;

  /** What everybody asks for is shown from fewer on: the interval says how little it means. */
  private static final int FEWEST_EXPECTED = 5;

  private static final int MOST_VALUES = 50;

  /** Of one field: the largest values first, as far as they have enough tickets. */
  private static List<Slice> by(String field, List<Judged> rows, List<Integer> leastUrgentFirst) {
    int fewest = isExpected(field) ? FEWEST_EXPECTED : FEWEST;
    Map<String, List<Judged>> byValue = new TreeMap<>();
    for (Judged row : rows) {
      String value = row.fields().get(field);
      if (value != null && !value.isBlank()) {
        byValue.computeIfAbsent(value, any -> new ArrayList<>()).add(row);
      }
    }
    List<Slice> slices = new ArrayList<>();
    byValue.forEach(
        (value, some) -> {
          if (some.size() >= fewest) {
            slices.add(of(field, value, some, leastUrgentFirst));
          }
        });
    slices.sort(Comparator.comparingInt(slice -> -slice.n()));
    return slices.subList(0, Math.min(MOST_VALUES, slices.size()));
  }

  static boolean isLanguage(String field) {
    return field.equals("language") || field.equals("lang");
  }

  /** Whether it is the language, or the kind of desk. */
  static boolean isExpected(String field) {
    return isLanguage(field) || field.equals("domain");
  }

  private static Slice of(
      String field, String value, List<Judged> rows, List<Integer> leastUrgentFirst) {
    int right = (int) rows.stream().filter(Judged::right).count();
    double distance =
        rows.stream()
            .mapToInt(
                row ->
                    Math.abs(
                        leastUrgentFirst.indexOf(row.chosen())
                            - leastUrgentFirst.indexOf(row.truth())))
            .sum();
    return new Slice(
        field,
        value,
        rows.size(),
        (double) right / rows.size(),
        Interval.wilson(right, rows.size()),
        Evaluation.macroF1(rows, leastUrgentFirst.size()),
        distance / rows.size());
  }

  /** Of all fields, language and domain first; those without slices are left out. */
  static Map<String, List<Slice>> byField(List<Judged> rows, List<Integer> leastUrgentFirst) {
    TreeSet<String> fields =
        new TreeSet<>(
            Comparator.<String, Boolean>comparing(field -> !isLanguage(field))
                .thenComparing(field -> !isExpected(field))
                .thenComparing(Comparator.naturalOrder()));
    rows.forEach(row -> fields.addAll(row.fields().keySet()));
    Map<String, List<Slice>> all = new LinkedHashMap<>();
    for (String field : fields) {
      List<Slice> slices = by(field, rows, leastUrgentFirst);
      // One value alone is the whole, or what has no others to compare with.
      if (slices.size() > 1) {
        all.put(field, slices);
      }
    }
    return all;
  }

  /**
   * Those that are worse for certain first: by the upper end of the interval, which is high where
   * there are few tickets.
   */
  static List<Slice> worst(Map<String, List<Slice>> byField, int most) {
    return byField.values().stream()
        .flatMap(List::stream)
        .filter(slice -> slice.n() >= FEWEST)
        .sorted(Comparator.comparingDouble(slice -> slice.interval().high()))
        .limit(most)
        .toList();
  }
}
