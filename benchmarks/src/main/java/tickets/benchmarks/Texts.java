package tickets.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import tickets.contract.EventJson;

/** Real tickets' texts, of which any number of distinct ones can be made. */
public final class Texts {
  private final List<String> texts;

  /**
   * @param home the repository
   */
  public Texts(Path home) {
    Path file = home.resolve("benchmarks/workloads/tickets.jsonl");
    try {
      texts = read(file).stream().map(String::strip).toList();
    } catch (IOException e) {
      throw new UncheckedIOException("The workload " + file + " can't be read", e);
    }
  }

  /** The texts of a workload as they are, one JSON object with {@code text} a line. */
  public static List<String> read(Path file) throws IOException {
    return Files.readAllLines(file).stream()
        .map(line -> EventJson.mapper().readTree(line).path("text").asString())
        .toList();
  }

  /** The texts in turn, each made distinct by its number. */
  public String distinct(long number) {
    return texts.get((int) Math.floorMod(number * 7_919, (long) texts.size()))
        + "\n\n["
        + number
        + "]";
  }
}
