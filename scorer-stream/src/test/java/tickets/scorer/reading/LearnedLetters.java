package tickets.scorer.reading;

import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Learns a {@link LetterTable} from tickets. Its main writes the resource anew, from the rows of
 * models/data that are marked for training:
 *
 * <pre>
 * mvn -pl scorer-stream -am test-compile, then java -cp … tickets.scorer.reading.LearnedLetters
 * </pre>
 */
final class LearnedLetters {
  private static final List<String> ALPHABETS =
      List.of("^абвгдеёжзийклмнопрстуфхцчшщъыьэюя-", "^abcdefghijklmnopqrstuvwxyz'-");

  private static final Pattern CODE = Pattern.compile("\\S*[@/\\\\_=<>{}\\d]\\S*");

  /** As if each letter had been seen that often after any two others. */
  private static final double SMOOTHING = 0.02;

  private LearnedLetters() {}

  public static void main(String[] args) throws IOException {
    Path resource =
        Path.of("src/main/resources/tickets/scorer/reading").resolve(LetterTable.RESOURCE);
    Files.createDirectories(resource.getParent());
    Files.writeString(
        resource,
        write(
            LabelledRows.read().stream()
                .filter(row -> row.split().equals("train"))
                .map(LabelledRows::text)
                .toList()));
  }

  static LetterTable from(List<String> texts) throws IOException {
    return LetterTable.read(new StringReader(write(texts)));
  }

  static String write(List<String> texts) {
    StringBuilder out = new StringBuilder();
    for (String alphabet : ALPHABETS) {
      out.append(out.isEmpty() ? "" : "\n").append(alphabet).append('\n');
      Map<String, int[]> seen = new TreeMap<>();
      Pattern words = Pattern.compile("[" + alphabet.substring(1) + "]+");
      for (String text : texts) {
        Matcher word = words.matcher(CODE.matcher(text.toLowerCase(Locale.ROOT)).replaceAll(" "));
        while (word.find()) {
          String framed = LetterTable.EDGE + word.group() + LetterTable.EDGE;
          for (int i = 0; i + 2 < framed.length(); i++) {
            seen.computeIfAbsent(framed.substring(i, i + 2), two -> new int[alphabet.length()])[
                alphabet.indexOf(framed.charAt(i + 2))]++;
          }
        }
      }
      seen.forEach((two, counts) -> out.append(line(two, counts)));
    }
    return out.toString();
  }

  private static String line(String two, int[] counts) {
    double all = counts.length * SMOOTHING;
    for (int count : counts) {
      all += count;
    }
    StringBuilder line = new StringBuilder(two).append(' ');
    for (int count : counts) {
      long cost = Math.round(-Math.log((count + SMOOTHING) / all) * LetterTable.NAT);
      line.append(Character.forDigit((int) Math.min(35, cost), 36));
    }
    return line.append('\n').toString();
  }

  static byte[] resource(List<String> texts) {
    return write(texts).getBytes(StandardCharsets.UTF_8);
  }
}
