package tickets.benchmarks.scale;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tickets.contract.EventJson;

/** A run in words, and its last line for scripts, whose names stay. Rates are tickets a second. */
final class Summary {
  private Summary() {}

  /** One stage, in a line. */
  static String of(Measured.Stage stage) {
    StringBuilder words = new StringBuilder();
    words.append(
        String.format(
            Locale.ROOT,
            "%.1f tickets/s, %.1f a CPU second, batches %.2f full, by partition %s",
            stage.ticketsPerSecond(),
            stage.ticketsPerCpuSecond(),
            stage.batchFill(),
            stage.ticketsPerSecondByPartition()));
    for (Measured.Instance instance : stage.instances()) {
      for (Measured.StreamThread thread : instance.threads()) {
        words.append(
            String.format(
                Locale.ROOT,
                "; %s %s of %s: %.1f/s in %d batches, %.2f cores",
                instance.name(),
                thread.name(),
                thread.partitions(),
                thread.ticketsPerSecond(),
                thread.batches(),
                thread.cores()));
      }
    }
    return words.toString();
  }

  static void print(Measured measured) {
    String header = "%8s %8s %11s %10s %8s %11s %13s %14s %6s";
    System.out.println(
        String.format(
            header,
            "scorers",
            "threads",
            "partitions",
            "tickets/s",
            "to one",
            "efficiency",
            "even backlog",
            "least to most",
            "fill"));
    for (List<Measured.Stage> series :
        List.of(measured.scorers(), measured.threads(), measured.partitions())) {
      for (Measured.Stage stage : series) {
        System.out.println(
            String.format(
                Locale.ROOT,
                "%8d %8d %11d %10.1f %8.2f %11.2f %13.2f %14.2f %6.2f",
                stage.scorers(),
                stage.threads(),
                stage.partitions(),
                stage.ticketsPerSecond(),
                stage.toOne(),
                stage.efficiency(),
                stage.evenBacklogEfficiency(),
                stage.leastToMost(),
                stage.batchFill()));
      }
    }
  }

  /**
   * @param raw where all of it is
   */
  static String line(Measured measured, Path raw) {
    Map<String, Object> summary = new LinkedHashMap<>();
    for (Measured.Stage stage : measured.scorers()) {
      String of = "_" + stage.scorers() + (stage.scorers() == 1 ? "_scorer" : "_scorers");
      summary.put("tickets_per_s" + of, stage.ticketsPerSecond());
      if (stage.scorers() > 1) {
        summary.put("efficiency" + of, stage.efficiency());
        summary.put("even_backlog_efficiency" + of, stage.evenBacklogEfficiency());
        summary.put("least_to_most" + of, stage.leastToMost());
      }
      summary.put("batch_fill" + of, stage.batchFill());
    }
    for (Measured.Stage stage : measured.threads()) {
      String of = "_" + stage.threads() + (stage.threads() == 1 ? "_thread" : "_threads");
      summary.put("tickets_per_s" + of, stage.ticketsPerSecond());
      summary.put("least_to_most" + of, stage.leastToMost());
      summary.put("batch_fill" + of, stage.batchFill());
    }
    for (Measured.Stage stage : measured.partitions()) {
      summary.put(
          "tickets_per_s_"
              + stage.partitions()
              + (stage.partitions() == 1 ? "_partition" : "_partitions"),
          stage.ticketsPerSecond());
    }
    summary.put("lost", measured.counted().lost());
    summary.put("doubled", measured.counted().doubled());
    summary.put("rejections", measured.counted().rejections());
    summary.put("raw", raw.toString());
    return EventJson.mapper().writeValueAsString(summary);
  }
}
