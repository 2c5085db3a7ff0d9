package tickets.benchmarks.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import tickets.contract.EventJson;

/**
 * Which tickets come, and when; a file of {@code benchmarks/workloads}.
 *
 * @param texts a file beside it, one JSON object with {@code text} a line; they come in its order,
 *     again and again
 * @param shareOfCapacity how many come, as a share of what can be scored
 * @param perSecond how many come, where no share is given
 * @param seed of the gaps between them, which are those of a Poisson process: callers know nothing
 *     of each other
 */
record Workload(String texts, double shareOfCapacity, double perSecond, long seed) {

  static Workload read(Path file) throws IOException {
    return EventJson.mapper().readValue(Files.readAllBytes(file), Workload.class);
  }

  static List<String> texts(Path file) throws IOException {
    return Files.readAllLines(file).stream()
        .map(line -> EventJson.mapper().readTree(line).path("text").asString())
        .toList();
  }

  /** A second, where so many can be scored. */
  double rate(double capacity) {
    return shareOfCapacity > 0 ? shareOfCapacity * capacity : perSecond;
  }

  /** Seconds from one arrival to the next, without end. */
  Gaps gaps(double rate) {
    if (!(rate > 0)) {
      throw new IllegalArgumentException("Nobody comes at a rate of " + rate);
    }
    Random random = new Random(seed);
    return () -> -Math.log(1 - random.nextDouble()) / rate;
  }

  /** Endless. */
  interface Gaps {
    double next();
  }
}
