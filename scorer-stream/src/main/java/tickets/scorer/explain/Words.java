package tickets.scorer.explain;

import java.util.ArrayList;
import java.util.List;

/**
 * The words of a text, by their places: what stands between white space, without the punctuation
 * round it unless there is nothing else. A character of a script that is written without spaces is
 * a word of its own. Places are Java's, in chars, and never inside a surrogate pair.
 */
final class Words {

  /**
   * A piece of a text.
   *
   * @param start of its first char
   * @param end after its last
   */
  record Span(int start, int end) {}

  private Words() {}

  /** In the order of the text; none overlap, none is empty. */
  static List<Span> of(String text) {
    List<Span> words = new ArrayList<>();
    int at = 0;
    while (at < text.length()) {
      int point = text.codePointAt(at);
      int next = at + Character.charCount(point);
      if (isBlank(point)) {
        at = next;
      } else if (standsAlone(point)) {
        words.add(new Span(at, next));
        at = next;
      } else {
        int end = next;
        while (end < text.length()
            && !isBlank(text.codePointAt(end))
            && !standsAlone(text.codePointAt(end))) {
          end += Character.charCount(text.codePointAt(end));
        }
        words.add(withoutPunctuation(text, at, end));
        at = end;
      }
    }
    return words;
  }

  private static boolean isBlank(int point) {
    return Character.isWhitespace(point)
        || Character.isSpaceChar(point)
        || Character.isISOControl(point);
  }

  private static boolean standsAlone(int point) {
    return Character.isIdeographic(point)
        || Character.UnicodeScript.of(point) == Character.UnicodeScript.HIRAGANA
        || Character.UnicodeScript.of(point) == Character.UnicodeScript.KATAKANA;
  }

  private static Span withoutPunctuation(String text, int from, int to) {
    int start = from;
    while (start < to && isPunctuation(text.codePointAt(start))) {
      start += Character.charCount(text.codePointAt(start));
    }
    int end = to;
    while (end > start && isPunctuation(text.codePointBefore(end))) {
      end -= Character.charCount(text.codePointBefore(end));
    }
    return start < end ? new Span(start, end) : new Span(from, to);
  }

  private static boolean isPunctuation(int point) {
    return switch (Character.getType(point)) {
      case Character.CONNECTOR_PUNCTUATION,
          Character.DASH_PUNCTUATION,
          Character.START_PUNCTUATION,
          Character.END_PUNCTUATION,
          Character.INITIAL_QUOTE_PUNCTUATION,
          Character.FINAL_QUOTE_PUNCTUATION,
          Character.OTHER_PUNCTUATION ->
          true;
      default -> false;
    };
  }

  /**
   * At most so many spans: each word is one, or where there are more words, each is as many
   * neighbours as make the others fit; what stands between two words of a group belongs to it.
   */
  static List<Span> grouped(List<Span> words, int most) {
    int each = (words.size() + most - 1) / most;
    if (each <= 1) {
      return words;
    }
    List<Span> groups = new ArrayList<>();
    for (int first = 0; first < words.size(); first += each) {
      int last = Math.min(first + each, words.size()) - 1;
      groups.add(new Span(words.get(first).start(), words.get(last).end()));
    }
    return groups;
  }

  /** The text without these, which must be in its order. */
  static String without(String text, List<Span> spans) {
    StringBuilder left = new StringBuilder(text.length());
    int at = 0;
    for (Span span : spans) {
      left.append(text, at, span.start());
      at = span.end();
    }
    return left.append(text, at, text.length()).toString();
  }
}
