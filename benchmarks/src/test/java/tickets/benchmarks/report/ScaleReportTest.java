package tickets.benchmarks.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tickets.contract.EventJson;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

class ScaleReportTest {

  private static final Path RESULT =
      Path.of("").toAbsolutePath().resolve("results/scale/result.json");

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
        .contains("| 3 |")
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
    JsonNode result = EventJson.mapper().readTree(Files.readString(RESULT));
    for (JsonNode stage : result.path("scorers")) {
      ((ObjectNode) stage)
          .put("tickets_per_cpu_second", stage.path("scorers").intValue() == 1 ? last : 60);
      for (JsonNode instance : stage.path("instances")) {
        ((ObjectNode) instance).put("cores", cores);
      }
    }
    Page page = new Page(document, "scale");
    new ScaleReport(result, page).write();
    page.write();
    return Files.readString(document);
  }
}
