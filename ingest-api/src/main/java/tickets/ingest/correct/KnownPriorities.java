package tickets.ingest.correct;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tickets.contract.ScoredTicket;
import tickets.ingest.Refusal;

/**
 * The priorities there are, as the model that scores now has them.
 *
 * @param names the readable name of each label; empty if no model has said so yet
 */
record KnownPriorities(Map<String, String> names) {

  /**
   * A priority by both of its names.
   *
   * @param name the label itself where there is no readable one
   */
  record Priority(String label, String name) {}

  static KnownPriorities of(ScoredTicket.@Nullable Model model) {
    Map<String, String> names = model == null ? null : model.priorities();
    return new KnownPriorities(names == null ? Map.of() : names);
  }

  /**
   * The priority that somebody means by a label or a readable name, in any case. Taken at its word
   * where no priorities are known.
   *
   * @throws Refusal if there is none, or more than one; it lists those there are
   */
  Priority meantBy(String word) {
    if (names.isEmpty()) {
      return new Priority(word, word);
    }
    List<Predicate<Map.Entry<String, String>>> ways =
        List.of(
            entry -> entry.getKey().equals(word),
            entry -> entry.getKey().equalsIgnoreCase(word),
            entry -> entry.getValue().equals(word),
            entry -> entry.getValue().equalsIgnoreCase(word));
    for (Predicate<Map.Entry<String, String>> way : ways) {
      List<Priority> meant =
          names.entrySet().stream()
              .filter(way)
              .map(entry -> new Priority(entry.getKey(), entry.getValue()))
              .toList();
      if (meant.size() == 1) {
        return meant.get(0);
      }
      if (meant.size() > 1) {
        throw refusal("More than one label of the model is meant by this. Send the label itself: ");
      }
    }
    throw refusal("The model knows no such priority. Send one of: ");
  }

  /** The readable name of a label of that model, if this is about it. */
  @Nullable String nameOf(String label) {
    return names.get(label);
  }

  private Refusal refusal(String why) {
    Map<String, Object> allowed = new LinkedHashMap<>(names);
    List<String> words =
        names.entrySet().stream()
            .map(
                entry ->
                    entry.getKey().equals(entry.getValue())
                        ? entry.getKey()
                        : entry.getKey() + " (" + entry.getValue() + ")")
            .toList();
    return Refusal.of(Refusal.Reason.INVALID, why + String.join(", ", words) + ".")
        .with(Map.of("allowed", allowed));
  }
}
