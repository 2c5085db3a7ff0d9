package tickets.scorer.reading;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Tells whether a text is Russian or English, or neither of them: a model that was taught these two
 * answers anything with a number, and is sure of itself with letters that mean nothing.
 *
 * <p>Judged by letters alone, so that typing errors, jargon and names do not matter much: how
 * probable each is after the two before it, in tickets of either language ({@link LetterTable}).
 * docs/decisions/0018-how-is-a-language-told.md has what that was measured to find and to miss.
 */
public enum TextLanguage {
  RU,
  EN,
  /** Its letters or words are of another language. */
  OTHER,
  /** No letters, or in an order that neither language has: another language, or none. */
  UNKNOWN;

  /**
   * Mean cost of a letter, in nats, from which on an order of letters is not of the two languages.
   */
  private static final double IMPROBABLE = 2.5;

  /** By how much, over all letters, it must be dearer: a short text may be dear by chance. */
  private static final double EXCESS = 4.0;

  /** Of a letter that the two languages do not have. */
  private static final double FOREIGN = 8.0;

  /** Enough to be sure of. */
  private static final int MOST_CHARACTERS = 4_000;

  private static final Pattern SPACE = Pattern.compile("\\s+");

  /** Cyrillic letters that Russian does not have. */
  private static final String NOT_RUSSIAN = "іїєґўјљњћђџќѓѕәғқңөұүһҳҷӯӣҗ";

  /** Short words of other languages that are none in English. */
  private static final Set<String> OTHERS =
      Set.of(
          "der", "das", "und", "nicht", "ist", "ich", "wir", "mit", "bitte", "nach", "auf", "für",
          "le", "les", "des", "une", "est", "pas", "nous", "dans", "pour", "avec", "el", "los",
          "las", "una", "que", "por", "para", "está", "il", "che", "non", "sono", "di", "della",
          "não", "uma", "com", "het", "een", "niet", "van", "wij", "nie", "jest", "się", "proszę",
          "och", "inte", "jag", "på", "ikke", "og", "ve", "bir", "için", "ei", "nem", "az", "și",
          "nu", "tidak", "saya", "na", "za", "w", "ja", "je", "sur");

  private static final LetterTable LETTERS = LetterTable.load();

  /** As results have it: ru, en, other, unknown. */
  public String code() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Whether a model has something to say about such a text.
   *
   * @param languages that the model was taught, as ISO 639-1; empty if nobody says. Of other
   *     languages than Russian and English nothing can be told here
   */
  public boolean isReadBy(List<String> languages) {
    boolean canTell = !languages.isEmpty() && List.of("ru", "en").containsAll(languages);
    return !canTell || languages.contains(code());
  }

  public static TextLanguage of(String text) {
    return of(text, LETTERS);
  }

  static TextLanguage of(String text, LetterTable table) {
    Letters letters = new Letters(table);
    String begin = text.length() > MOST_CHARACTERS ? text.substring(0, MOST_CHARACTERS) : text;
    for (String token : SPACE.split(begin.toLowerCase(Locale.ROOT))) {
      if (isProse(token)) {
        letters.add(token);
      }
    }
    return letters.language();
  }

  /** Addresses, paths, versions and code are of no language. */
  private static boolean isProse(String token) {
    return token.chars().noneMatch(c -> "@/\\_=<>{}".indexOf(c) >= 0 || Character.isDigit(c));
  }

  /** What was counted of a text's words. */
  private static final class Letters {
    private final LetterTable table;
    private double cost;
    private int counted;
    private int cyrillic;
    private int latin;
    private int notRussian;
    private int otherScripts;
    private int words;
    private int others;

    Letters(LetterTable table) {
      this.table = table;
    }

    void add(String token) {
      int begin = -1;
      for (int i = 0; i <= token.length(); i++) {
        boolean inside = i < token.length() && isOfAWord(token, i, begin >= 0);
        if (inside && begin < 0) {
          begin = i;
        } else if (!inside && begin >= 0) {
          addWord(token.substring(begin, i));
          begin = -1;
        }
      }
    }

    private static boolean isOfAWord(String token, int at, boolean within) {
      char c = token.charAt(at);
      boolean joins = (c == '\'' || c == '’' || c == '-') && within && at + 1 < token.length();
      return Character.isLetter(c)
          || Character.isSurrogate(c)
          || Character.getType(c) == Character.NON_SPACING_MARK
          || (joins && Character.isLetter(token.charAt(at + 1)));
    }

    private void addWord(String word) {
      int letters = word.length();
      switch (Character.UnicodeScript.of(word.codePointAt(0))) {
        case COMMON -> {
          // A pictograph outside of the basic plane.
          return;
        }
        case CYRILLIC -> {
          cyrillic += letters;
          notRussian += (int) word.chars().filter(c -> NOT_RUSSIAN.indexOf(c) >= 0).count();
          cost += table.cost(word);
        }
        case LATIN -> {
          latin += letters;
          cost += table.cost(word);
        }
        default -> {
          otherScripts += letters;
          cost += FOREIGN * letters;
        }
      }
      counted += letters;
      words++;
      others += OTHERS.contains(word) ? 1 : 0;
    }

    TextLanguage language() {
      if (counted == 0) {
        return UNKNOWN;
      }
      if (otherScripts * 2 > cyrillic + latin + otherScripts) {
        return OTHER;
      }
      if (notRussian >= 2 && notRussian * 50 >= cyrillic) {
        return OTHER;
      }
      boolean foreignWords = others >= 2 && others * 6 >= words;
      if (cost - IMPROBABLE * counted > EXCESS) {
        return foreignWords ? OTHER : UNKNOWN;
      }
      if (foreignWords && latin > cyrillic && cost > 2.2 * counted) {
        return OTHER;
      }
      return cyrillic > latin ? RU : EN;
    }
  }
}
