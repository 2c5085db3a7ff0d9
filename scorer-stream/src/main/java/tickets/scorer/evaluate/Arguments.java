package tickets.scorer.evaluate;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A command line: what stands free, and options that begin with two dashes. */
public final class Arguments {
  private final List<String> free = new ArrayList<>();
  private final Map<String, List<String>> options = new LinkedHashMap<>();

  private Arguments() {}

  /** A command line that can't be understood; the message says what is wrong with it. */
  public static final class Misunderstood extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public Misunderstood(String message) {
      super(message);
    }
  }

  /**
   * @param flags options without a value
   * @param valued options with one
   */
  public static Arguments of(Set<String> flags, Set<String> valued, List<String> words) {
    Arguments arguments = new Arguments();
    for (int i = 0; i < words.size(); i++) {
      String word = words.get(i);
      if (!word.startsWith("--")) {
        arguments.free.add(word);
      } else if (flags.contains(word)) {
        arguments.options.computeIfAbsent(word, any -> new ArrayList<>()).add("");
      } else if (!valued.contains(word)) {
        throw new Misunderstood("Not understood: " + word);
      } else if (i + 1 == words.size()) {
        throw new Misunderstood(word + " needs a value.");
      } else {
        arguments.options.computeIfAbsent(word, any -> new ArrayList<>()).add(words.get(++i));
      }
    }
    return arguments;
  }

  public List<String> free() {
    return free;
  }

  public boolean has(String option) {
    return options.containsKey(option);
  }

  public List<String> all(String option) {
    return options.getOrDefault(option, List.of());
  }

  /** The last, if it stands there more than once. */
  public Optional<String> last(String option) {
    List<String> values = all(option);
    return values.isEmpty() ? Optional.empty() : Optional.of(values.get(values.size() - 1));
  }
}
