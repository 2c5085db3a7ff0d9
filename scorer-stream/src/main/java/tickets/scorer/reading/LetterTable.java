package tickets.scorer.reading;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * How improbable a letter is after the two before it, in Russian and English tickets.
 *
 * <p>The resource has two alphabets, each followed by lines of two letters and the cost of each
 * letter of the alphabet after them: a digit in base 36, in quarters of a nat. {@code ^} is the
 * beginning or the end of a word; letters that do not stand in a line were never seen.
 */
final class LetterTable {
  static final String RESOURCE = "letters.txt";

  static final char EDGE = '^';

  /** Of a letter where no text was seen to tell, as if all of an alphabet were equally probable. */
  private static final byte UNSEEN = 14;

  /** Of a letter that the alphabet does not have. */
  private static final byte FOREIGN = 35;

  static final double NAT = 4.0;

  private record Alphabet(String letters, byte[] costs) {

    static Alphabet of(String letters) {
      byte[] costs = new byte[letters.length() * letters.length() * letters.length()];
      Arrays.fill(costs, UNSEEN);
      return new Alphabet(letters, costs);
    }

    int index(char c) {
      return letters.indexOf(c);
    }

    int row(char first, char second) {
      int size = letters.length();
      return (index(first) * size + index(second)) * size;
    }
  }

  private final Alphabet russian;
  private final Alphabet english;

  private LetterTable(Alphabet russian, Alphabet english) {
    this.russian = russian;
    this.english = english;
  }

  static LetterTable load() {
    try (Reader in =
        new InputStreamReader(
            LetterTable.class.getResourceAsStream(RESOURCE), StandardCharsets.UTF_8)) {
      return read(in);
    } catch (IOException e) {
      throw new IllegalStateException(RESOURCE + " cannot be read from the jar", e);
    }
  }

  static LetterTable read(Reader in) throws IOException {
    BufferedReader lines = new BufferedReader(in);
    return new LetterTable(readAlphabet(lines), readAlphabet(lines));
  }

  /** Up to an empty line. */
  private static Alphabet readAlphabet(BufferedReader lines) throws IOException {
    Alphabet alphabet = Alphabet.of(lines.readLine());
    for (String line; (line = lines.readLine()) != null && !line.isEmpty(); ) {
      int row = alphabet.row(line.charAt(0), line.charAt(1));
      for (int i = 0; i < alphabet.letters().length(); i++) {
        alphabet.costs()[row + i] = (byte) Character.digit(line.charAt(3 + i), 36);
      }
    }
    return alphabet;
  }

  /**
   * Of the letters of a word after its first and of its end, in nats: as many as it has letters.
   *
   * @param word in lower case
   */
  double cost(String word) {
    char beginning = word.charAt(0);
    Alphabet alphabet = beginning >= '\u0400' && beginning < '\u0530' ? russian : english;
    int size = alphabet.letters().length();
    int first = alphabet.index(EDGE);
    int second = alphabet.index(beginning);
    int sum = 0;
    for (int i = 1; i <= word.length(); i++) {
      int next = alphabet.index(i < word.length() ? word.charAt(i) : EDGE);
      sum +=
          first < 0 || second < 0 || next < 0
              ? FOREIGN
              : alphabet.costs()[(first * size + second) * size + next];
      first = second;
      second = next;
    }
    return sum / NAT;
  }
}
