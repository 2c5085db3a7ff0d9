package tickets.benchmarks.run;

import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;
import tickets.benchmarks.Harness;

/**
 * What a run is asked for.
 *
 * @param quick in under ten minutes rather than as exactly as can be
 * @param peers an ONNX file or a directory of them
 * @param python that has what benchmarks/peers/requirements.txt names
 * @param labelled tickets that precisions are judged by
 * @param json where the result goes
 * @param home the repository, built
 * @param work where logs and data of this run go
 */
record Options(
    boolean quick,
    @Nullable Path peers,
    @Nullable Path python,
    Path labelled,
    Path json,
    Path home,
    Path work) {

  static final String USAGE =
      """
      Usage: benchmarks/run [--quick] [--peers PATH] [--python PATH] [--labelled FILE] [--json FILE] [--work DIR]

      Measures the engine alone and the whole pipeline on this machine. The last line is one JSON object.
      It takes some 30 minutes. Let nothing else run meanwhile.
        --quick          shorter measurements, under 10 minutes
        --peers PATH     the bundled model's weights for ONNX Runtime: an .onnx file, or a directory with several
        --python PATH    one that has what benchmarks/peers/requirements.txt names: plain transformers, too
        --labelled FILE  tickets with "label" and "split", to judge precisions by (models/data/tickets.jsonl)
        --json FILE      where everything measured goes (result.json in the work directory)
        --work DIR       where logs and data go (benchmarks/target/run/...); must be new
      """;

  /** How long each stage takes, in seconds unless said otherwise. */
  record Lengths(
      int engineRounds,
      int ticketsAThread,
      int singles,
      int window,
      int mostWarmUp,
      int mostWarmUpOnTopic,
      int idleCalls,
      int openLoop,
      int saturated,
      int backlog,
      int stubTickets) {
    static final Lengths QUICK = new Lengths(3, 128, 100, 15, 120, 45, 120, 40, 30, 25, 100_000);
    static final Lengths FULL = new Lengths(5, 256, 300, 20, 400, 240, 400, 180, 90, 90, 1_000_000);
  }

  Lengths lengths() {
    return quick ? Lengths.QUICK : Lengths.FULL;
  }

  static Options of(Path home, String... arguments) throws Harness.Unusable {
    boolean quick = false;
    Path peers = null;
    Path python = null;
    Path labelled = home.resolve("models/data/tickets.jsonl");
    Path json = null;
    String now = LocalDateTime.now().format(DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss"));
    Path work = home.resolve("benchmarks/target/run/" + now);
    for (int i = 0; i < arguments.length; i++) {
      if (arguments[i].equals("--quick")) {
        quick = true;
        continue;
      }
      String name = arguments[i];
      if (i + 1 == arguments.length) {
        throw new Harness.Unusable("unknown argument, or one without its value: " + name);
      }
      Path value = Path.of(arguments[++i]);
      switch (name) {
        case "--peers" -> peers = value;
        case "--python" -> python = value;
        case "--labelled" -> labelled = value;
        case "--json" -> json = value;
        case "--work" -> work = value;
        default -> throw new Harness.Unusable("unknown argument " + name);
      }
    }
    return new Options(
        quick,
        peers,
        python,
        labelled,
        json == null ? work.resolve("result.json") : json,
        home,
        work);
  }
}
