package tickets.benchmarks.report;

import static tickets.scorer.chart.Chart.figure;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.DoubleStream;
import tickets.benchmarks.Figures;
import tickets.scorer.chart.Chart;
import tools.jackson.databind.JsonNode;

/**
 * What {@code benchmarks/replaced} has measured. Figures are medians over the rounds, ratios those
 * of the ratios within a round.
 *
 * @param result its file
 */
record BesideReplaced(JsonNode result) {

  /** One line of a table: the same load in all its rounds. */
  private record Row(String name, List<JsonNode> loads) {

    double of(String side, String... path) {
      return Figures.median(loads.stream().mapToDouble(load -> number(load.path(side), path)));
    }

    double ratio() {
      DoubleStream ratios =
          loads.stream()
              .mapToDouble(
                  load ->
                      number(load.path("ours"), "tickets_per_second")
                          / number(load.path("replaced"), "tickets_per_second"));
      return Figures.median(ratios);
    }

    boolean timed() {
      return loads.get(0).path("ours").path("latency").isObject();
    }

    String latency(String side, String percentile) {
      return timed() ? figure(of(side, "latency", percentile)) : "";
    }
  }

  private static double number(JsonNode node, String... path) {
    JsonNode found = node;
    for (String name : path) {
      found = found.path(name);
    }
    if (!found.isNumber()) {
      throw new IllegalArgumentException("The result lacks " + String.join(".", path));
    }
    return found.doubleValue();
  }

  void write(Page page) throws IOException {
    page.machine(result, result.path("quick").booleanValue() ? " by `--quick`" : "", "");
    page.line("%s", tables().stripTrailing());
    page.line("");
    page.chart("replaced-rates", rates());
    page.chart("replaced-latency", latency());
  }

  String tables() {
    StringBuilder page = new StringBuilder();
    for (JsonNode beside : result.path("beside")) {
      JsonNode deployment = beside.path("deployment");
      page.append(
          """
          **%s**: %s process%s of uvicorn, %s of Celery%s.

          | | tickets/s | replaced | ratio | p50 ms | replaced | p99 ms | replaced | CPU s per 1,000 | replaced |
          |---|---|---|---|---|---|---|---|---|---|
          """
              .formatted(
                  capitalised(deployment.path("name").asString()),
                  deployment.path("web_workers").asString(),
                  deployment.path("web_workers").intValue() == 1 ? "" : "es",
                  deployment.path("queue_workers").asString(),
                  environment(deployment.path("environment"))));
      for (Row row : rows(beside)) {
        page.append(
            String.format(
                Locale.ROOT,
                "| %s | %.1f | %.1f | %.2f | %s | %s | %s | %s | %s | %s |\n",
                row.name(),
                row.of("ours", "tickets_per_second"),
                row.of("replaced", "tickets_per_second"),
                row.ratio(),
                row.latency("ours", "p50"),
                row.latency("replaced", "p50"),
                row.latency("ours", "p99"),
                row.latency("replaced", "p99"),
                figure(row.of("ours", "cpu_seconds_per1000")),
                figure(row.of("replaced", "cpu_seconds_per1000"))));
      }
      page.append('\n');
    }
    return page.toString();
  }

  private static List<Row> rows(JsonNode beside) {
    List<Row> rows = new ArrayList<>();
    Map<Integer, List<JsonNode>> byCallers = new LinkedHashMap<>();
    beside
        .path("closed_loops")
        .forEach(
            load ->
                byCallers
                    .computeIfAbsent(load.path("callers").intValue(), none -> new ArrayList<>())
                    .add(load));
    byCallers.forEach(
        (callers, loads) ->
            rows.add(new Row(callers == 1 ? "1 caller" : callers + " callers", loads)));
    rows.add(
        new Row(
            "open loop, " + figure(number(beside, "open_loop_per_second")) + " calls a second",
            list(beside.path("open_loops"))));
    rows.add(new Row("queued, 240 at a time", list(beside.path("queued"))));
    rows.add(new Row("queued, one alone", list(beside.path("queued_alone"))));
    return rows;
  }

  private static List<JsonNode> list(JsonNode array) {
    List<JsonNode> all = new ArrayList<>();
    array.forEach(all::add);
    return all;
  }

  /** Each load that is not a given rate, ours and each deployment's. */
  String rates() {
    List<Chart.Bar> bars = new ArrayList<>();
    for (JsonNode beside : result.path("beside")) {
      String deployment = beside.path("deployment").path("name").asString();
      for (Row row : rows(beside)) {
        if (row.name().endsWith(" callers") || !row.timed()) {
          bars.add(Chart.Bar.of(row.name() + ": ours", row.of("ours", "tickets_per_second")));
          bars.add(Chart.Bar.of(deployment, row.of("replaced", "tickets_per_second")));
        }
      }
    }
    return Chart.bars("Tickets a second, ours and the replaced service's", "/s", bars);
  }

  String latency() {
    List<Chart.Bar> bars = new ArrayList<>();
    for (JsonNode beside : result.path("beside")) {
      String deployment = beside.path("deployment").path("name").asString();
      for (Row row : rows(beside)) {
        if (row.timed()) {
          bars.add(Chart.Bar.of(row.name() + ": ours", row.of("ours", "latency", "p50")));
          bars.add(Chart.Bar.of(deployment, row.of("replaced", "latency", "p50")));
        }
      }
    }
    return Chart.bars("Half of the calls are answered within", "ms", bars);
  }

  private static String environment(JsonNode environment) {
    StringBuilder words = new StringBuilder();
    environment
        .properties()
        .forEach(
            setting ->
                words
                    .append(", `")
                    .append(setting.getKey())
                    .append('=')
                    .append(setting.getValue().asString())
                    .append('`'));
    return words.toString();
  }

  private static String capitalised(String words) {
    return words.substring(0, 1).toUpperCase(Locale.ROOT) + words.substring(1);
  }
}
