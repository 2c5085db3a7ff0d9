package tickets.scorer.labelled;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;

/** What people call a model's labels: names in any case, or numbers, as spreadsheets write them. */
public final class LabelNames {
  private final Map<String, Integer> byName = new HashMap<>();

  /**
   * The first to use a name has it.
   *
   * @param label its index
   * @return whether the name is this label's now
   */
  public boolean add(String name, int label) {
    Integer first = byName.putIfAbsent(key(name), label);
    return first == null || first == label;
  }

  /** The label of that name; empty if nobody is called so. */
  public OptionalInt indexOf(String name) {
    Integer label = byName.get(key(name));
    return label == null ? OptionalInt.empty() : OptionalInt.of(label);
  }

  /** Two names with the same key are one. */
  public static String key(String name) {
    String key = name.strip().toLowerCase(Locale.ROOT);
    // Spreadsheets write whole numbers so.
    return key.matches("-?\\d+\\.0+") ? key.substring(0, key.indexOf('.')) : key;
  }
}
