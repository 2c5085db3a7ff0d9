package tickets.benchmarks.scale;

import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import tickets.benchmarks.Harness;

/**
 * What a run is asked for.
 *
 * @param quick in some six minutes rather than as exactly as can be
 * @param percent of one core, for each scorer where several are compared
 * @param batch the most tickets of a batch there
 * @param json where the result goes
 * @param home the repository, built
 * @param work where logs and data of this run go
 */
record Options(boolean quick, int percent, int batch, Path json, Path home, Path work) {

  static final String USAGE =
      """
      Usage: benchmarks/scale [--quick] [--share N] [--json FILE] [--work DIR]

      Measures how the work spreads: over 1 to 3 scorers, each with a fixed share of CPU time, which takes
      control groups that this user may make (root); over 1, 2 and 4 threads of one; over 1, 2 and 4 partitions.
      The last line is one JSON object. It takes some 14 minutes. Let nothing else run meanwhile.
        --quick      shorter measurements, some 7 minutes
        --share N    percent of one core for each scorer (40): leave room for the broker
        --batch N    the most tickets that such a scorer scores together (32)
        --json FILE  where everything measured goes (result.json in the work directory)
        --work DIR   where logs and data go (benchmarks/target/scale/...); must be new
      """;

  /** In seconds. */
  record Lengths(
      int window, int mostWarmUp, int settling, int shares, int mostThreadWarmUp, int threads) {
    static final Lengths QUICK = new Lengths(10, 45, 12, 30, 25, 20);
    static final Lengths FULL = new Lengths(15, 120, 20, 75, 45, 40);
  }

  Lengths lengths() {
    return quick ? Lengths.QUICK : Lengths.FULL;
  }

  static Options of(Path home, String... arguments) throws Harness.Unusable {
    boolean quick = false;
    int percent = 40;
    int batch = 32;
    Path json = null;
    String now = LocalDateTime.now().format(DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss"));
    Path work = home.resolve("benchmarks/target/scale/" + now);
    for (int i = 0; i < arguments.length; i++) {
      if (arguments[i].equals("--quick")) {
        quick = true;
        continue;
      }
      String name = arguments[i];
      if (i + 1 == arguments.length) {
        throw new Harness.Unusable("unknown argument, or one without its value: " + name);
      }
      String value = arguments[++i];
      switch (name) {
        case "--share" -> {
          if (!value.matches("[1-9][0-9]?|100")) {
            throw new Harness.Unusable("--share needs a number from 1 to 100");
          }
          percent = Integer.parseInt(value);
        }
        case "--batch" -> {
          if (!value.matches("[1-9][0-9]{0,2}")) {
            throw new Harness.Unusable("--batch needs a number from 1 to 999");
          }
          batch = Integer.parseInt(value);
        }
        case "--json" -> json = Path.of(value);
        case "--work" -> work = Path.of(value);
        default -> throw new Harness.Unusable("unknown argument " + name);
      }
    }
    return new Options(
        quick, percent, batch, json == null ? work.resolve("result.json") : json, home, work);
  }
}
