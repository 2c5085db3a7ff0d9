package tickets.benchmarks.overload;

import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import tickets.benchmarks.Harness;

/**
 * What a run is asked for.
 *
 * @param seconds how long too much comes in
 * @param factor how many times more than can be scored
 * @param measureSeconds how long each of warm-up and capacity is measured
 * @param home the repository, built
 * @param work where everything of this run goes
 */
record Options(int seconds, int factor, int measureSeconds, Path home, Path work) {

  static final String USAGE =
      """
      Usage: benchmarks/overload [--seconds N] [--factor N] [--measure N] [--work DIR]

      Measures what the pipeline can score, then sends many times more over HTTP and looks what becomes of it.
        --seconds N  how long too much comes in (300)
        --factor N   how many times more than can be scored (10)
        --measure N  seconds for warming up, and again for measuring capacity (40)
        --work DIR   where logs and figures go (benchmarks/target/overload/...); must be new
      """;

  static Options of(Path home, String... arguments) throws Harness.Unusable {
    int seconds = 300;
    int factor = 10;
    int measure = 40;
    String now = LocalDateTime.now().format(DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss"));
    Path work = home.resolve("benchmarks/target/overload/" + now);
    for (int i = 0; i < arguments.length; i += 2) {
      String value = i + 1 < arguments.length ? arguments[i + 1] : "";
      switch (arguments[i]) {
        case "--seconds" -> seconds = number(arguments[i], value);
        case "--factor" -> factor = number(arguments[i], value);
        case "--measure" -> measure = number(arguments[i], value);
        case "--work" -> work = Path.of(value);
        default -> throw new Harness.Unusable("unknown argument " + arguments[i]);
      }
    }
    return new Options(seconds, factor, measure, home, work);
  }

  private static int number(String name, String value) throws Harness.Unusable {
    if (!value.matches("[1-9][0-9]{0,5}")) {
      throw new Harness.Unusable(name + " needs a number from 1 to 999999");
    }
    return Integer.parseInt(value);
  }
}
