package tickets.scorer.evaluate;

import java.util.Map;
import java.util.Set;

/** In what language a ticket is, as far as its row or its letters tell. */
final class Languages {
  static final String FIELD = "language";
  private static final Set<String> NAMES = Set.of(FIELD, "lang");

  private Languages() {}

  static boolean isOne(String field) {
    return NAMES.contains(field);
  }

  /** Puts the script of the text's letters in if no field tells the language. */
  static void add(Map<String, String> fields, String text) {
    if (NAMES.stream().anyMatch(fields::containsKey)) {
      return;
    }
    long letters = text.codePoints().filter(Character::isLetter).count();
    long cyrillic =
        text.codePoints()
            .filter(c -> Character.UnicodeScript.of(c) == Character.UnicodeScript.CYRILLIC)
            .count();
    long latin =
        text.codePoints()
            .filter(c -> Character.UnicodeScript.of(c) == Character.UnicodeScript.LATIN)
            .count();
    fields.put(
        FIELD,
        2 * cyrillic > letters
            ? "Cyrillic script"
            : 2 * latin > letters ? "Latin script" : "other script");
  }
}
