package tickets.benchmarks.killanywhere;

import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;
import tickets.benchmarks.Harness;

/**
 * What a run is asked for.
 *
 * @param tickets how many are sent
 * @param faults how many processes are hit
 * @param seed of tickets and faults; the times at which things happen are the machine's
 * @param dense every second fault strikes while the one before is still felt
 * @param keep leave everything running afterwards
 * @param home the repository, built
 * @param work where everything of this run goes
 */
record Options(
    int tickets, int faults, long seed, boolean dense, boolean keep, Path home, Path work) {

  static final String USAGE =
      """
      Usage: benchmarks/kill-anywhere [--tickets N] [--faults N] [--seed N] [--dense] [--keep] [--work DIR]
             benchmarks/kill-anywhere --stop DIR

      Kills and pauses every process of the pipeline under load, then counts what was lost or doubled.
        --tickets N  how many tickets are sent (20000)
        --faults N   how many processes are hit (40; from 40 on each of the six at least six times)
        --seed N     draws tickets and faults (1)
        --dense      lets every second fault strike while the one before is still felt
        --keep       leaves services and stores running; DIR/endpoints.json says where
        --work DIR   where data, logs and journals go (benchmarks/target/kill-anywhere/...); must be new
        --stop DIR   stops what an earlier run with --keep left running
      """;

  static Options of(Path home, String... arguments) throws Harness.Unusable {
    int tickets = 20_000;
    int faults = 40;
    long seed = 1;
    boolean dense = false;
    boolean keep = false;
    Path work = null;
    for (int i = 0; i < arguments.length; i++) {
      String name = arguments[i];
      switch (name) {
        case "--dense" -> dense = true;
        case "--keep" -> keep = true;
        case "--tickets" -> tickets = (int) number(name, next(arguments, ++i), 1, 10_000_000);
        case "--faults" -> faults = (int) number(name, next(arguments, ++i), 0, 10_000);
        case "--seed" -> seed = number(name, next(arguments, ++i), 0, Integer.MAX_VALUE);
        case "--work" -> {
          String directory = next(arguments, ++i);
          if (directory == null) {
            throw new Harness.Unusable("--work needs a directory");
          }
          work = Path.of(directory);
        }
        default -> throw new Harness.Unusable("unknown argument " + name);
      }
    }
    return new Options(
        tickets, faults, seed, dense, keep, home, work == null ? fresh(home, seed) : work);
  }

  private static Path fresh(Path home, long seed) {
    String now = LocalDateTime.now().format(DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss"));
    return home.resolve("benchmarks/target/kill-anywhere/" + now + "-seed-" + seed);
  }

  private static @Nullable String next(String[] arguments, int i) {
    return i < arguments.length ? arguments[i] : null;
  }

  private static long number(String name, @Nullable String value, long least, long most)
      throws Harness.Unusable {
    try {
      long number = Long.parseLong(value == null ? "" : value);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw new Harness.Unusable(name + " needs a number from " + least + " to " + most);
  }
}
