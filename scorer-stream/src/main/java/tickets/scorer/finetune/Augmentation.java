package tickets.scorer.finetune;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Writes a text as somebody else might have: in a hurry, without capitals or punctuation, with a
 * greeting in front. So that a model learns what is said and not how it is typed.
 *
 * @param share of the tickets that are altered in an epoch, 0 to 1
 */
record Augmentation(double share) {
  private static final List<String> RUSSIAN =
      List.of("Здравствуйте! ", "Добрый день. ", "Коллеги, ", "Добрый день, коллеги! ");
  private static final List<String> ENGLISH =
      List.of("Hello, ", "Hi team, ", "Good morning. ", "Hi! ");

  /** Letters that are mistyped, to all letters, in a text that gets this. */
  private static final double TYPOS = 0.02;

  /** The texts of an epoch, the same for the same random numbers. */
  List<String> texts(List<String> texts, Random random) {
    List<String> altered = new ArrayList<>(texts);
    for (int i = 0; i < altered.size(); i++) {
      if (random.nextDouble() < share) {
        altered.set(i, altered(altered.get(i), random));
      }
    }
    return altered;
  }

  private static String altered(String text, Random random) {
    return switch (random.nextInt(4)) {
      case 0 -> mistyped(text, random);
      case 1 -> text.toLowerCase(Locale.ROOT).replaceAll("[.,!;:…]+(?=\\s|$)", "");
      case 2 -> random.nextInt(4) == 0 ? text.toUpperCase(Locale.ROOT) : shortened(text, random);
      default -> greeting(text, random) + text;
    };
  }

  /** Neighbours change places, or a letter is missing or doubled. */
  private static String mistyped(String text, Random random) {
    StringBuilder typed = new StringBuilder(text);
    for (int i = 1; i < typed.length() - 1; i++) {
      if (Character.isLetter(typed.charAt(i))
          && Character.isLetter(typed.charAt(i + 1))
          && random.nextDouble() < TYPOS) {
        char letter = typed.charAt(i);
        switch (random.nextInt(3)) {
          case 0 -> {
            typed.setCharAt(i, typed.charAt(i + 1));
            typed.setCharAt(i + 1, letter);
          }
          case 1 -> typed.deleteCharAt(i);
          default -> typed.insert(i, letter);
        }
        i++;
      }
    }
    return typed.toString();
  }

  /** Some words of a longer text are left out. */
  private static String shortened(String text, Random random) {
    String[] words = text.split(" ");
    if (words.length < 12) {
      return text;
    }
    return String.join(
        " ", Arrays.stream(words).filter(word -> random.nextDouble() >= 0.05).toList());
  }

  private static String greeting(String text, Random random) {
    long cyrillic =
        text.codePoints()
            .filter(c -> Character.UnicodeScript.of(c) == Character.UnicodeScript.CYRILLIC)
            .count();
    List<String> greetings = 4 * cyrillic > text.length() ? RUSSIAN : ENGLISH;
    return greetings.get(random.nextInt(greetings.size()));
  }
}
