package tickets.benchmarks.report;

import static tickets.benchmarks.report.Page.number;
import static tickets.benchmarks.report.Page.percent;
import static tickets.scorer.chart.Chart.figure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tickets.contract.EventJson;
import tickets.scorer.chart.Chart;
import tools.jackson.databind.JsonNode;

/**
 * Writes what {@code benchmarks/run}, {@code benchmarks/replaced} and {@code benchmarks/scale} have
 * measured.
 */
public final class Report {

  private static final String USAGE =
      """
      Usage: benchmarks/report [--result FILE] [--replaced FILE] [--scale FILE]

      Writes the tables and charts of docs/performance.md.
        --result FILE    what benchmarks/run has measured (benchmarks/results/run/result.json)
        --replaced FILE  what benchmarks/replaced has measured (benchmarks/results/replaced/result.json)
        --scale FILE     what benchmarks/scale has measured (benchmarks/results/scale/result.json)
      """;

  private final JsonNode result;
  private final Page page;

  private Report(JsonNode result, Page page) {
    this.result = result;
    this.page = page;
  }

  public static void main(String[] arguments) throws IOException {
    Path home = Path.of(System.getProperty("benchmarks.home", "")).toAbsolutePath();
    Map<String, Path> files = new LinkedHashMap<>();
    files.put("--result", home.resolve("benchmarks/results/run/result.json"));
    files.put("--replaced", home.resolve("benchmarks/results/replaced/result.json"));
    files.put("--scale", home.resolve("benchmarks/results/scale/result.json"));
    for (int i = 0; i < arguments.length; i += 2) {
      if (i + 1 == arguments.length || !files.containsKey(arguments[i])) {
        System.out.print(USAGE);
        System.exit(arguments[i].equals("--help") ? 0 : 2);
      }
      files.put(arguments[i], Path.of(arguments[i + 1]));
    }
    Path document = home.resolve("docs/performance.md");
    Page figures = new Page(document, "figures");
    new Report(read(files.get("--result")), figures).write();
    figures.write();
    if (isThere(files.get("--replaced"))) {
      Page replaced = new Page(document, "replaced");
      new BesideReplaced(read(files.get("--replaced"))).write(replaced);
      replaced.write();
    }
    if (isThere(files.get("--scale"))) {
      Page scale = new Page(document, "scale");
      new ScaleReport(read(files.get("--scale")), scale).write();
      scale.write();
    }
    System.out.println("Written: " + document + " and its charts");
  }

  private static boolean isThere(Path file) {
    if (Files.exists(file)) {
      return true;
    }
    System.out.println("Its section stays as it is: there is no " + file);
    return false;
  }

  private static JsonNode read(Path file) throws IOException {
    return EventJson.mapper().readTree(Files.readString(file));
  }

  private void write() throws IOException {
    page.machine(
        result,
        result.path("quick").booleanValue() ? " by `--quick`" : "",
        " in " + result.path("engine").path("precision").asString());
    rates();
    latency();
    cost();
    warmUp();
    rest();
  }

  private void rates() throws IOException {
    JsonNode engine = result.path("engine");
    JsonNode pipeline = result.path("pipeline");
    double rate = number(engine, "tickets_per_second");
    List<Chart.Bar> bars = new ArrayList<>();
    page.line("### Tickets a second");
    page.line("");
    page.line("| | tickets/s | to the engine | CPU s per 1,000 | padding | tokenising |");
    page.line("|---|---|---|---|---|---|");
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
    page.line("");
    page.chart("rates", Chart.bars("Tickets a second, same texts and weights", "/s", bars));
    JsonNode accuracy = engine.path("to_fp32");
    if (accuracy.isObject()) {
      page.line(
          "Against fp32 on the validation split: macro-F1 %.3f, %.3f in fp32; labels equal in %s;"
              + " mean change of a probability %.4f.",
          number(accuracy, "other_f1"),
          number(accuracy, "f1"),
          percent(number(accuracy, "labels_equal")),
          number(accuracy, "mean_change"));
      page.line("");
    }
  }

  private void latency() throws IOException {
    JsonNode pipeline = result.path("pipeline");
    JsonNode singles = result.path("engine").path("singles");
    page.line(
        "### Latency, milliseconds: of a synchronous call, and of an event until a reader has its priority");
    page.line("");
    page.line("| | calls | calls/s | p50 | p90 | p99 | longest | answered by |");
    page.line("|---|---|---|---|---|---|---|---|");
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
          page.line(
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
    page.line(
        "| the engine, one ticket | | | %s | | %s | | |",
        figure(number(singles, "p50")), figure(number(singles, "p99")));
    page.line("");
    page.chart("latency", Chart.bars("Latency of a synchronous call", "ms", bars));

    double whole = number(pipeline.path("idle"), "p50");
    Map<String, Double> parts = new LinkedHashMap<>();
    double known = 0;
    for (String stage : List.of("queue_ms", "batch_ms", "tokenising_ms", "inference_ms")) {
      double p50 = number(pipeline.path("idle_stages").path(stage), "p50");
      parts.put(stage.replace("_ms", ""), p50);
      known += p50;
    }
    parts.put("HTTP, commit, sink and answer", Math.max(0, whole - known));
    page.chart(
        "stages",
        Chart.bars(
            "Where a lone call's time goes (medians; the last part is the rest)",
            "ms",
            List.of(new Chart.Bar("one after another", parts))));
    page.line("| medians, ms | queue | batch | tokenising | inference |");
    page.line("|---|---|---|---|---|");
    stageRow("one after another", pipeline.path("idle_stages"));
    stageRow("open loop, 70 % of capacity", pipeline.path("open_loop_stages"));
    stageRow("full topic, all at work", pipeline.path("with_sinks").path("stages"));
    page.line("");
  }

  private void stageRow(String name, JsonNode stages) {
    page.line(
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
    page.line("### CPU time by process");
    page.line("");
    page.chart("cpu", Chart.bars("CPU seconds per 1,000 tickets, by process", "s", bars));
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
    page.line("### Warming up");
    page.line("");
    page.chart("warm-up", Chart.lines("Tickets a second after the start", "windows", "/s", lines));
  }

  private void rest() {
    double pss = sum(result.path("pipeline").path("pss_mib_by_role"));
    page.line("### Memory and start");
    page.line("");
    page.line("| | |");
    page.line("|---|---|");
    page.line("| six processes under load, PSS | %.0f MiB |", pss);
    String[] names = {"first", "second"};
    int i = 0;
    for (JsonNode start : result.path("starts")) {
      page.line(
          "| %s `./start` ready after | %.1f s, %.0f MiB PSS |",
          names[i++], number(start, "ready_seconds"), number(start, "pss_mib"));
    }
  }

  private void row(
      String name, double rate, double ratio, double cpu, String padding, String tokenising) {
    page.line(
        "| %s | %.1f | %.2f | %s | %s | %s |",
        name, rate, ratio, Double.isNaN(cpu) ? "" : figure(cpu), padding, tokenising);
  }

  private static double sum(JsonNode byRole) {
    double sum = 0;
    for (JsonNode part : byRole) {
      sum += part.doubleValue();
    }
    return sum;
  }
}
