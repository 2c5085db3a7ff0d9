package tickets.benchmarks.engine;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tickets.benchmarks.Machine;
import tickets.benchmarks.Progress;
import tickets.contract.EventJson;

/** Measures the engine alone, in each precision, beside others on the same weights. */
public final class EngineRates {
  private static final List<String> NAMES =
      List.of(
          "--texts",
          "--model",
          "--engines",
          "--peers",
          "--python",
          "--labelled",
          "--rounds",
          "--tickets",
          "--threads",
          "--json");

  private static final String USAGE =
      """
      Usage: benchmarks/engine [--texts FILE] [--model DIR] [--engines L] [--peers PATH] [--python PATH] [--labelled F] [--rounds N] [--tickets N] [--threads N] [--json FILE]

      Tickets a second of the engine alone, in each precision that this processor has, beside a DJL predictor, ONNX Runtime and transformers.
        --texts FILE   one JSON object with "text" a line (benchmarks/workloads/mix.jsonl)
        --model DIR    in Hugging Face layout (models/ticket-priority-ru-en)
        --engines L    only these, by commas: int8, bf16, fp32, in batches of their own as in int8@64; djl
        --peers PATH   the same weights for ONNX Runtime: an .onnx file, or a directory with several; without it ONNX Runtime is left out
        --python PATH  one that has what benchmarks/peers/requirements.txt names: plain transformers, too
        --labelled F   tickets with "label" and "split": those of the split "validation" tell how well each answers (models/data/tickets.jsonl)
        --rounds N     (5)
        --tickets N    that each thread scores in a round (256)
        --threads N    (one for each core)
        --json FILE    where all rounds go, raw
      """;

  private EngineRates() {}

  /**
   * What is written as JSON.
   *
   * @param macroF1 of each engine: whoever is quick has to be right too
   */
  record Result(
      Machine machine, int threads, Contest.Result contest, Map<String, Double> macroF1) {}

  public static void main(String... arguments) throws Exception {
    Map<String, String> options = options(arguments);
    if (options.containsKey("--help")) {
      System.out.print(USAGE);
      return;
    }
    Path home = Path.of(System.getProperty("benchmarks.home", "")).toAbsolutePath();
    Engine.Conditions conditions =
        new Engine.Conditions(
            Path.of(
                options.getOrDefault(
                    "--texts", home.resolve("benchmarks/workloads/mix.jsonl").toString())),
            number(options, "--threads", Runtime.getRuntime().availableProcessors()),
            number(options, "--tickets", 256),
            Path.of(
                options.getOrDefault(
                    "--model", home.resolve("models/ticket-priority-ru-en").toString())));
    List<String> wanted =
        new ArrayList<>(
            List.of(options.getOrDefault("--engines", "int8,bf16,fp32," + Engine.DJL).split(",")));
    if (options.containsKey("--peers")) {
      wanted.addAll(Engine.peers(Path.of(options.getOrDefault("--peers", ""))));
    }
    if (options.containsKey("--python")) {
      wanted.add(Engine.transformers(Path.of(options.getOrDefault("--python", ""))));
    }
    Machine machine = Machine.now();
    List<Engine> engines = Engine.startAll(wanted, conditions);
    try {
      Contest.Result result = Contest.run(engines, number(options, "--rounds", 5));
      Path labelled =
          Path.of(
              options.getOrDefault(
                  "--labelled", home.resolve("models/data/tickets.jsonl").toString()));
      Map<String, Double> macroF1 = new LinkedHashMap<>();
      for (Engine engine : engines) {
        macroF1.put(engine.name(), engine.judge(labelled).macroF1());
      }
      print(result, macroF1);
      if (options.containsKey("--json")) {
        Files.write(
            Path.of(options.get("--json")),
            EventJson.mapper()
                .writerWithDefaultPrettyPrinter()
                .writeValueAsBytes(new Result(machine, conditions.threads(), result, macroF1)));
      }
    } finally {
      engines.forEach(Engine::close);
    }
  }

  private static int number(Map<String, String> options, String name, int usual) {
    String value = options.getOrDefault(name, Integer.toString(usual));
    if (!value.matches("[1-9][0-9]{0,5}")) {
      fail(name + " needs a number from 1 to 999999");
    }
    return Integer.parseInt(value);
  }

  private static Map<String, String> options(String... arguments) {
    Map<String, String> options = new LinkedHashMap<>();
    for (int i = 0; i < arguments.length; i++) {
      if (arguments[i].equals("--help")) {
        options.put("--help", "");
      } else if (NAMES.contains(arguments[i]) && i + 1 < arguments.length) {
        options.put(arguments[i], arguments[++i]);
      } else {
        fail("Not understood: " + arguments[i]);
      }
    }
    return options;
  }

  private static void fail(String why) {
    System.err.print(why + "\n\n" + USAGE);
    System.exit(2);
  }

  private static void print(Contest.Result result, Map<String, Double> macroF1) {
    String first = result.standings().get(0).median().engine();
    Progress.line(
        "%-42s %10s %12s %9s %11s %9s %9s  %s",
        "Medians",
        "tickets/s",
        "CPU s/1,000",
        "padding",
        "tokenising",
        "PSS, MiB",
        "macro-F1",
        first + " to it");
    for (Contest.Standing standing : result.standings()) {
      Round median = standing.median();
      System.out.println(
          String.format(
              Locale.ROOT,
              "        %-42s %10.1f %12.2f %8.1f%% %10.1f%% %9.0f %9.3f  %.2f%s",
              median.engine(),
              median.ticketsPerSecond(),
              median.cpuSecondsPer1000(),
              100 * median.paddingShare(),
              100 * median.tokenisingShare(),
              median.pssMib(),
              macroF1.getOrDefault(median.engine(), Double.NaN),
              standing.firstToIt(),
              standing.settled() ? "" : "  (had not settled)"));
    }
  }
}
