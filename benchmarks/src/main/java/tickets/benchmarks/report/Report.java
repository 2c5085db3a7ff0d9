package tickets.benchmarks.report;

import static tickets.benchmarks.report.Chart.figure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tickets.contract.EventJson;
import tools.jackson.databind.JsonNode;

/**
 * Writes what {@code benchmarks/run} and {@code benchmarks/replaced} have measured into
 * docs/performance.md, between two marks, and its charts beside it. The words round them are
 * people's.
 */
public final class Report {
  private static final String BEGIN = "<!-- figures: written by benchmarks/report -->";
  private static final String END = "<!-- end of figures -->";

  private static final String USAGE =
      """
      Usage: benchmarks/report [--result FILE] [--replaced FILE]

      Writes the tables and charts of docs/performance.md.
        --result FILE    what benchmarks/run has measured (benchmarks/results/run/result.json)
        --replaced FILE  what benchmarks/replaced has measured (benchmarks/results/replaced/result.json)
      """;

  private final JsonNode result;
  private final Path charts;
  private final StringBuilder page = new StringBuilder();

  private Report(JsonNode result, Path charts) {
    this.result = result;
    this.charts = charts;
  }

  public static void main(String[] arguments) throws IOException {
    Path home = Path.of(System.getProperty("benchmarks.home", "")).toAbsolutePath();
    Path file = home.resolve("benchmarks/results/run/result.json");
    Path replaced = home.resolve("benchmarks/results/replaced/result.json");
    for (int i = 0; i < arguments.length; i += 2) {
      if (i + 1 < arguments.length && arguments[i].equals("--result")) {
        file = Path.of(arguments[i + 1]);
      } else if (i + 1 < arguments.length && arguments[i].equals("--replaced")) {
        replaced = Path.of(arguments[i + 1]);
      } else {
        System.out.print(USAGE);
        System.exit(arguments[i].equals("--help") ? 0 : 2);
      }
    }
    Path document = home.resolve("docs/performance.md");
    String text = Files.readString(document);
    int begin = text.indexOf(BEGIN);
    int end = text.indexOf(END);
    if (begin < 0 || end < begin) {
      throw new IOException(document + " lacks its marks: " + BEGIN + " and " + END);
    }
    Path charts = home.resolve("docs/performance");
    Files.createDirectories(charts);
    Report report = new Report(EventJson.mapper().readTree(Files.readString(file)), charts);
    report.write();
    if (Files.exists(replaced)) {
      report.beside(new BesideReplaced(EventJson.mapper().readTree(Files.readString(replaced))));
    }
    Files.writeString(
        document,
        text.substring(0, begin) + BEGIN + "\n\n" + report.page + "\n" + text.substring(end));
    System.out.println("Written: " + document + " and " + charts);
  }

  private void write() throws IOException {
    machine();
    rates();
    latency();
    cost();
    warmUp();
    rest();
  }

  private void beside(BesideReplaced beside) throws IOException {
    line("");
    line("### Beside the replaced service");
    line("");
    measured(beside.result(), "");
    page.append(beside.tables());
    chart("replaced-rates", beside.rates());
    chart("replaced-latency", beside.latency());
  }

  private void machine() {
    measured(
        result,
        ", model %s in %s"
            .formatted(
                shortened(result.path("model_digest").asString(), 10),
                result.path("engine").path("precision").asString()));
  }

  private void measured(JsonNode result, String more) {
    JsonNode machine = result.path("machine");
    List<String> flags = new ArrayList<>();
    machine.path("flags").forEach(flag -> flags.add(flag.asString()));
    line(
        "Measured %s%s on %s (%s), %s cores, %s MiB, %s; commit %s%s.",
        result.path("began").asString().substring(0, 10),
        result.path("quick").booleanValue() ? " by `--quick`" : "",
        machine.path("cpu").asString(),
        String.join(", ", flags),
        machine.path("cores").asString(),
        machine.path("memory_mib").asString(),
        machine.path("java").asString(),
        shortened(result.path("commit").asString(), 10),
        more);
    result.path("doubts").forEach(doubt -> line("Mind that %s.", doubt.asString()));
    line("");
  }

  private void rates() throws IOException {
    JsonNode engine = result.path("engine");
    JsonNode pipeline = result.path("pipeline");
    double rate = number(engine, "tickets_per_second");
    List<Chart.Bar> bars = new ArrayList<>();
    line("### Tickets a second");
    line("");
    line("| | tickets/s | to the engine | CPU s per 1,000 | padding | tokenising |");
    line("|---|---|---|---|---|---|");
    boolean first = true;
    for (JsonNode standing : engine.path("contest").path("standings")) {
      JsonNode median = standing.path("median");
      String name = (first ? "the engine alone: " : "") + median.path("engine").asString();
      // A peer's rate as the engine's would be had both run at the same moment throughout.
      double its = first ? rate : rate / number(standing, "first_to_it");
      row(
          name,
          its,
          its / rate,
          number(median, "cpu_seconds_per1000"),
          percent(number(median, "padding_share")),
          percent(number(median, "tokenising_share")));
      bars.add(Chart.Bar.of(median.path("engine").asString(), its));
      first = false;
    }
    int peers = bars.size() - 1;
    Map<String, String> stages = new LinkedHashMap<>();
    stages.put("scorer_alone", "pipeline to ticket-priorities");
    stages.put("with_sinks", "pipeline, stores written too");
    for (Map.Entry<String, String> stage : stages.entrySet()) {
      JsonNode saturated = pipeline.path(stage.getKey());
      double its = number(saturated, "tickets_per_second");
      row(stage.getValue(), its, its / rate, sum(saturated.path("cpu_seconds_per1000")), "", "");
      bars.add(bars.size() - peers, Chart.Bar.of(stage.getValue(), its));
    }
    double http = number(pipeline, "capacity_over_http");
    row("pipeline, 240 callers over HTTP", http, http / rate, Double.NaN, "", "");
    bars.add(bars.size() - peers, Chart.Bar.of("pipeline, 240 callers over HTTP", http));
    line("");
    chart("rates", Chart.bars("Tickets a second, same texts and weights", "/s", bars));
    JsonNode accuracy = engine.path("to_fp32");
    if (accuracy.isObject()) {
      line(
          "Against fp32 on the validation split: macro-F1 %.3f, %.3f in fp32; labels equal in %s;"
              + " mean change of a probability %.4f.",
          number(accuracy, "other_f1"),
          number(accuracy, "f1"),
          percent(number(accuracy, "labels_equal")),
          number(accuracy, "mean_change"));
      line("");
    }
  }

  private void latency() throws IOException {
    JsonNode pipeline = result.path("pipeline");
    JsonNode singles = result.path("engine").path("singles");
    line(
        "### Latency, milliseconds: of a synchronous call, and of an event until a reader has its priority");
    line("");
    line("| | calls | calls/s | p50 | p90 | p99 | longest | answered by |");
    line("|---|---|---|---|---|---|---|---|");
    Map<String, String> stages = new LinkedHashMap<>();
    stages.put("idle", "one after another");
    stages.put("open_loop", "open loop, 70 % of capacity");
    stages.put("beside_backlog", "while a backlog drains");
    stages.put(
        "open_loop_over_kafka", "events, open loop, 70 % of what is scored with all at work");
    List<Chart.Bar> bars = new ArrayList<>();
    bars.add(Chart.Bar.of("engine, one ticket: p50", number(singles, "p50")));
    stages.forEach(
        (key, name) -> {
          JsonNode latency = pipeline.path(key);
          line(
              "| %s | %s | %s | %s | %s | %s | %s | %s |",
              name,
              latency.path("count").asString(),
              figure(number(latency, "per_second")),
              figure(number(latency, "p50")),
              figure(number(latency, "p90")),
              figure(number(latency, "p99")),
              figure(number(latency, "longest")),
              latency.path("statuses"));
          bars.add(Chart.Bar.of(name + ": p50", number(latency, "p50")));
          bars.add(Chart.Bar.of(name + ": p99", number(latency, "p99")));
        });
    line(
        "| the engine, one ticket | | | %s | | %s | | |",
        figure(number(singles, "p50")), figure(number(singles, "p99")));
    line("");
    chart("latency", Chart.bars("Latency of a synchronous call", "ms", bars));

    double whole = number(pipeline.path("idle"), "p50");
    Map<String, Double> parts = new LinkedHashMap<>();
    double known = 0;
    for (String stage : List.of("queue_ms", "batch_ms", "tokenising_ms", "inference_ms")) {
      double p50 = number(pipeline.path("idle_stages").path(stage), "p50");
      parts.put(stage.replace("_ms", ""), p50);
      known += p50;
    }
    parts.put("HTTP, commit, sink and answer", Math.max(0, whole - known));
    chart(
        "stages",
        Chart.bars(
            "Where a lone call's time goes (medians; the last part is the rest)",
            "ms",
            List.of(new Chart.Bar("one after another", parts))));
    line("| medians, ms | queue | batch | tokenising | inference |");
    line("|---|---|---|---|---|");
    stageRow("one after another", pipeline.path("idle_stages"));
    stageRow("open loop, 70 % of capacity", pipeline.path("open_loop_stages"));
    stageRow("full topic, all at work", pipeline.path("with_sinks").path("stages"));
    line("");
  }

  private void stageRow(String name, JsonNode stages) {
    line(
        "| %s | %s | %s | %s | %s |",
        name,
        figure(number(stages.path("queue_ms"), "p50")),
        figure(number(stages.path("batch_ms"), "p50")),
        figure(number(stages.path("tokenising_ms"), "p50")),
        figure(number(stages.path("inference_ms"), "p50")));
  }

  private void cost() throws IOException {
    JsonNode pipeline = result.path("pipeline");
    double engine = number(result.path("engine"), "cpu_seconds_per1000");
    List<Chart.Bar> bars = new ArrayList<>();
    bars.add(new Chart.Bar("the engine alone", Map.of("engine", engine)));
    Map<String, String> stages = new LinkedHashMap<>();
    stages.put("scorer_alone", "sink paused");
    stages.put("with_sinks", "all at work");
    stages.forEach(
        (key, name) ->
            bars.add(
                new Chart.Bar(
                    "full topic, " + name,
                    byRole(pipeline.path(key).path("cpu_seconds_per1000")))));
    JsonNode openLoop = pipeline.path("open_loop_cpu_seconds_per1000");
    // Runs of before 26 November 2026 do not have it.
    if (openLoop.isObject()) {
      bars.add(
          new Chart.Bar(
              "calls at 70 %, "
                  + figure(number(pipeline, "open_loop_tickets_per_batch"))
                  + " a batch",
              byRole(openLoop)));
    }
    line("### CPU time by process");
    line("");
    chart("cpu", Chart.bars("CPU seconds per 1,000 tickets, by process", "s", bars));
  }

  private static Map<String, Double> byRole(JsonNode cpu) {
    Map<String, Double> parts = new LinkedHashMap<>();
    cpu.properties().forEach(part -> parts.put(part.getKey(), part.getValue().doubleValue()));
    return parts;
  }

  private void warmUp() throws IOException {
    JsonNode pipeline = result.path("pipeline");
    List<Chart.Line> lines = new ArrayList<>();
    Map<String, String> phases = new LinkedHashMap<>();
    phases.put("warm_up_callers", "240 callers");
    phases.put("warm_up_topic", "then a full topic");
    phases.forEach(
        (key, name) -> {
          List<Double> values = new ArrayList<>();
          pipeline.path(key).forEach(value -> values.add(value.doubleValue()));
          lines.add(new Chart.Line(name, values));
        });
    line("### Warming up");
    line("");
    chart("warm-up", Chart.lines("Tickets a second after the start", "windows", "/s", lines));
  }

  private void rest() {
    double pss = sum(result.path("pipeline").path("pss_mib_by_role"));
    line("### Memory and start");
    line("");
    line("| | |");
    line("|---|---|");
    line("| six processes under load, PSS | %.0f MiB |", pss);
    String[] names = {"first", "second"};
    int i = 0;
    for (JsonNode start : result.path("starts")) {
      line(
          "| %s `./start` ready after | %.1f s, %.0f MiB PSS |",
          names[i++], number(start, "ready_seconds"), number(start, "pss_mib"));
    }
  }

  private void row(
      String name, double rate, double ratio, double cpu, String padding, String tokenising) {
    line(
        "| %s | %.1f | %.2f | %s | %s | %s |",
        name, rate, ratio, Double.isNaN(cpu) ? "" : figure(cpu), padding, tokenising);
  }

  private void chart(String name, String svg) throws IOException {
    Files.writeString(charts.resolve(name + ".svg"), svg);
    String title = svg.substring(svg.indexOf("<title>") + 7, svg.indexOf("</title>"));
    line("![%s](performance/%s.svg)", title, name);
    line("");
  }

  private void line(String format, Object... values) {
    page.append(String.format(Locale.ROOT, format, values)).append('\n');
  }

  private static double number(JsonNode node, String field) {
    JsonNode value = node.path(field);
    if (!value.isNumber()) {
      throw new IllegalArgumentException(
          "The result lacks " + field + " in " + shortened(node.toString(), 80));
    }
    return value.doubleValue();
  }

  private static double sum(JsonNode byRole) {
    double sum = 0;
    for (JsonNode part : byRole) {
      sum += part.doubleValue();
    }
    return sum;
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f %%", 100 * share);
  }

  private static String shortened(String text, int most) {
    return text.length() <= most ? text : text.substring(0, most);
  }
}
