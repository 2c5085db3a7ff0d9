package tickets.benchmarks.report;

import static tickets.benchmarks.report.Page.number;
import static tickets.benchmarks.report.Page.percent;
import static tickets.scorer.chart.Chart.figure;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tickets.scorer.chart.Chart;
import tools.jackson.databind.JsonNode;

/** What {@code benchmarks/scale} has measured, in tables and charts. */
final class ScaleReport {
  /** Of its share, what a scorer must have got for rates to be compared by number of scorers. */
  private static final double LEAST_OF_SHARE = 0.9;

  /** How far a ticket's cost may differ from one number of scorers to another, for the same. */
  private static final double MOST_DRIFT = 1.1;

  private final JsonNode result;
  private final Page page;

  ScaleReport(JsonNode result, Page page) {
    this.result = result;
    this.page = page;
  }

  void write() throws IOException {
    page.machine(result, result.path("quick").booleanValue() ? " by `--quick`" : "", "");
    JsonNode counted = result.path("counted");
    page.line(
        "%s tickets, %s with a priority: %s lost, %s doubled, %s rejected.",
        counted.path("tickets").asString(),
        counted.path("priorities").asString(),
        counted.path("lost").asString(),
        counted.path("doubled").asString(),
        counted.path("rejections").asString());
    page.line("");
    whatMakesRatesUnequal();
    scorers();
    threads();
  }

  /**
   * On a machine that others use, a share is a limit and no promise, and a CPU second not another.
   */
  private void whatMakesRatesUnequal() {
    double share = number(result, "share_percent") / 100;
    double fewest = share;
    double least = Double.MAX_VALUE;
    double most = 0;
    for (JsonNode stage : result.path("scorers")) {
      double perCpuSecond = number(stage, "tickets_per_cpu_second");
      least = Math.min(least, perCpuSecond);
      most = Math.max(most, perCpuSecond);
      for (JsonNode instance : stage.path("instances")) {
        fewest = Math.min(fewest, number(instance, "cores"));
      }
    }
    if (fewest < LEAST_OF_SHARE * share || most > MOST_DRIFT * least) {
      page.line(
          "Mind that a scorer got as little as %.2f of its %.2f cores, and a CPU second scored %s tickets in one of"
              + " these settings and %s in another: *to one* and *efficiency* hold that difference, too.",
          fewest, share, figure(least), figure(most));
      page.line("");
    }
  }

  private void scorers() throws IOException {
    String share = result.path("share_percent").asString() + " % of a core";
    page.line(
        "**Scorers**, one thread each, each with %s (%s), in batches of at most %s:",
        share, result.path("share").asString(), result.path("share_batch").asString());
    page.line("");
    page.line(
        "| scorers | tickets/s | to one | efficiency | slowest to quickest | batches full | tickets a CPU second | efficiency, even backlog |");
    page.line("|---|---|---|---|---|---|---|---|");
    List<JsonNode> rising = new ArrayList<>();
    result.path("scorers").forEach(stage -> rising.add(0, stage));
    List<Chart.Bar> bars = new ArrayList<>();
    for (JsonNode stage : rising) {
      page.line(
          "| %s | %s | %.2f | %.2f | %.2f | %s | %s | %.2f |",
          stage.path("scorers").asString(),
          figure(number(stage, "tickets_per_second")),
          number(stage, "to_one"),
          number(stage, "efficiency"),
          number(stage, "least_to_most"),
          percent(number(stage, "batch_fill")),
          figure(number(stage, "tickets_per_cpu_second")),
          number(stage, "even_backlog_efficiency"));
      Map<String, Double> parts = new LinkedHashMap<>();
      for (JsonNode instance : stage.path("instances")) {
        parts.put(instance.path("name").asString(), number(instance, "tickets_per_second"));
      }
      bars.add(new Chart.Bar(counted(stage, "scorers", "scorer"), parts));
    }
    page.line("");
    page.chart(
        "scale-scorers", Chart.bars("Tickets a second, each scorer with " + share, "/s", bars));
    page.line(
        "| | partitions, `tickets` | `tickets-interactive` | tickets/s | share | tickets a batch | batches full | cores | CPU s per 1,000 | tokens a ticket | PSS, MiB |");
    page.line("|---|---|---|---|---|---|---|---|---|---|---|");
    for (JsonNode stage : rising) {
      for (JsonNode instance : stage.path("instances")) {
        page.line(
            "| %s of %s | %s | %s | %s | %s | %s | %s | %.2f | %s | %s | %s |",
            instance.path("name").asString(),
            stage.path("scorers").asString(),
            numbers(instance.path("threads").path(0).path("partitions")),
            numbers(instance.path("interactive_partitions")),
            figure(number(instance, "tickets_per_second")),
            percent(number(instance, "share")),
            figure(number(instance, "tickets_per_batch")),
            percent(number(instance, "batch_fill")),
            number(instance, "cores"),
            figure(number(instance, "cpu_seconds_per1000")),
            figure(number(instance, "mean_tokens")),
            figure(number(instance, "pss_mib")));
      }
    }
    page.line("");
  }

  private void threads() throws IOException {
    page.line("**Threads and partitions** of one scorer, all cores its own:");
    page.line("");
    page.line(
        "| threads | partitions with tickets | tickets/s | by partition | by thread | slowest to quickest | tickets a batch | batches full | CPU s per 1,000 | PSS, MiB |");
    page.line("|---|---|---|---|---|---|---|---|---|---|");
    List<JsonNode> stages = new ArrayList<>();
    result.path("threads").forEach(stages::add);
    // Four threads on four partitions end the one series and begin the other.
    for (JsonNode stage : result.path("partitions")) {
      if (!stages.contains(stage)
          && number(stage, "partitions") < number(stages.get(0), "partitions")) {
        stages.add(stage);
      }
    }
    List<Chart.Bar> bars = new ArrayList<>();
    for (JsonNode stage : stages) {
      JsonNode scorer = stage.path("instances").path(0);
      Map<String, Double> parts = new LinkedHashMap<>();
      for (JsonNode thread : scorer.path("threads")) {
        parts.put("thread " + (parts.size() + 1), number(thread, "tickets_per_second"));
      }
      page.line(
          "| %s | %s | %s | %s | %s | %.2f | %s | %s | %s | %s |",
          stage.path("threads").asString(),
          stage.path("partitions").asString(),
          figure(number(stage, "tickets_per_second")),
          numbers(stage.path("tickets_per_second_by_partition")),
          figures(parts),
          number(stage, "least_to_most"),
          figure(number(scorer, "tickets_per_batch")),
          percent(number(stage, "batch_fill")),
          figure(number(scorer, "cpu_seconds_per1000")),
          figure(number(scorer, "pss_mib")));
      bars.add(
          new Chart.Bar(
              counted(stage, "threads", "thread")
                  + ", "
                  + counted(stage, "partitions", "partition"),
              parts));
    }
    page.line("");
    page.chart("scale-threads", Chart.bars("Tickets a second, one scorer, all cores", "/s", bars));
  }

  private static String counted(JsonNode stage, String field, String word) {
    int number = stage.path(field).intValue();
    return number + " " + word + (number == 1 ? "" : "s");
  }

  private static String numbers(JsonNode list) {
    List<String> words = new ArrayList<>();
    list.forEach(each -> words.add(each.asString()));
    return String.join(", ", words);
  }

  private static String figures(Map<String, Double> parts) {
    List<String> words = new ArrayList<>();
    parts.values().forEach(each -> words.add(String.format(Locale.ROOT, "%.1f", each)));
    return String.join(", ", words);
  }
}
