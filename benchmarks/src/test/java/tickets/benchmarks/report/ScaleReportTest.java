package tickets.benchmarks.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tickets.contract.EventJson;
import tools.jackson.databind.JsonNode;

class ScaleReportTest {

  @Test
  void whatMakesRatesUnequalIsToldBesideThem(@TempDir Path directory) throws Exception {
    assertThat(written(directory, 0.3, 60)).contains("as little as 0.30 of its 0.40 cores");
    assertThat(written(directory, 0.4, 45)).contains("scored 45.0 tickets", "60.0 in another");
    assertThat(written(directory, 0.4, 60)).doesNotContain("as little as");
  }

  @Test
  void thePageKeepsWhatStandsRoundTheFigures(@TempDir Path directory) throws Exception {
    assertThat(written(directory, 0.4, 60))
        .startsWith("before\n")
        .endsWith("after\n")
        .contains("| 3 | 60.0 |")
        .doesNotContain("old figures");
  }

  private static String written(Path directory, double cores, double last) throws Exception {
    Path document = directory.resolve("page.md");
    Files.writeString(
        document,
        """
        before
        <!-- scale: written by benchmarks/report -->
        old figures
        <!-- end of scale -->
        after
        """);
    JsonNode result =
        EventJson.mapper()
            .readTree(
                """
                {"began": "2026-11-26T08:00:00Z", "quick": true, "share": "by hand", "share_percent": 40, "share_batch": 32,
                 "scorers": [%s, %s], "threads": [%s], "partitions": [%s]}
                """
                    .formatted(
                        stage(3, cores, 60),
                        stage(1, cores, last),
                        stage(1, cores, 60),
                        stage(1, cores, 60)));
    Page page = new Page(document, "scale");
    new ScaleReport(result, page).write();
    page.write();
    return Files.readString(document);
  }

  private static String stage(int scorers, double cores, double perCpuSecond) {
    String rates =
        "\"tickets\": 1000, \"tickets_per_second\": 20, \"share\": 1, \"tickets_per_batch\": 32";
    String cpu = "\"cores\": " + cores + ", \"cpu_seconds_per1000\": 16";
    return """
        {"scorers": %d, "threads": 1, "partitions": 4, "tickets_per_second": %d, "to_one": 1,
         "efficiency": 1, "even_backlog_efficiency": 1, "least_to_most": 1, "batch_fill": 1,
         "tickets_per_cpu_second": %s, "tickets_per_second_by_partition": [5, 5, 5, 5],
         "instances": [{"name": "scorer 1", %s, %s, "batch_fill": 1, "mean_tokens": 64, "pss_mib": 600,
           "interactive_partitions": [0], "threads": [{"partitions": [0], %s, %s}]}]}
        """
        .formatted(scorers, 20 * scorers, perCpuSecond, rates, cpu, rates, cpu);
  }
}
