package tickets.benchmarks.replaced;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import tickets.benchmarks.Harness;

/**
 * What a run is asked for.
 *
 * @param python that has what benchmarks/peers/requirements.txt names
 * @param quick in some ten minutes rather than as exactly as can be
 * @param json where the result goes
 * @param home the repository, built
 * @param work where logs and data of this run go
 */
record Options(Path python, boolean quick, Path json, Path home, Path work) {

  static final String USAGE =
      """
      Usage: benchmarks/replaced --python PATH [--quick] [--json FILE] [--work DIR]

      Measures the pipeline beside the service that it replaces, by turns, on this machine. The last line is one JSON object.
      It takes some 30 minutes. Let nothing else run meanwhile.
        --python PATH  a Python that has what benchmarks/peers/requirements.txt names
        --quick        shorter measurements, some 10 minutes
        --json FILE    where everything measured goes (result.json in the work directory)
        --work DIR     where logs and data go (benchmarks/target/replaced/...); must be new
      """;

  /** How often, and for how many seconds unless said otherwise. */
  record Lengths(
      int rounds, int window, int mostWarmUp, int closedLoop, int openLoop, int queued, int alone) {
    static final Lengths QUICK = new Lengths(2, 10, 150, 6, 12, 10, 20);
    static final Lengths FULL = new Lengths(3, 20, 300, 20, 60, 30, 100);
  }

  Lengths lengths() {
    return quick ? Lengths.QUICK : Lengths.FULL;
  }

  static Options of(Path home, String... arguments) throws Harness.Unusable {
    boolean quick = false;
    Path python = null;
    Path json = null;
    String now = LocalDateTime.now().format(DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss"));
    Path work = home.resolve("benchmarks/target/replaced/" + now);
    for (int i = 0; i < arguments.length; i++) {
      String name = arguments[i];
      if (name.equals("--quick")) {
        quick = true;
        continue;
      }
      if (i + 1 == arguments.length) {
        throw new Harness.Unusable("unknown argument, or one without its value: " + name);
      }
      Path value = Path.of(arguments[++i]);
      switch (name) {
        case "--python" -> python = value;
        case "--json" -> json = value;
        case "--work" -> work = value;
        default -> throw new Harness.Unusable("unknown argument " + name);
      }
    }
    if (python == null) {
      throw new Harness.Unusable("--python is needed");
    }
    if (!Files.isExecutable(python)) {
      throw new Harness.Unusable("there is no program " + python);
    }
    return new Options(
        python, quick, json == null ? work.resolve("result.json") : json, home, work);
  }
}
