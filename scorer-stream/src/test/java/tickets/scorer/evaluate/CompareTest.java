package tickets.scorer.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tickets.contract.EventJson;
import tools.jackson.databind.JsonNode;

/** With the real model, and the same one under another decision. */
class CompareTest {
  @TempDir Path directory;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream errors = new ByteArrayOutputStream();

  private int run(String... words) {
    return Compare.run(
        List.of(words),
        Map.of(),
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(errors, true, StandardCharsets.UTF_8));
  }

  @Test
  void movesOfAFileAreCountedAndJudgedByItsLabels() throws IOException {
    Path other = BundledFiles.copy(directory, "other");
    Path manifest = other.resolve("priority.json");
    Files.writeString(
        manifest,
        Files.readString(manifest)
            .replace(
                "\"rule\": \"argmax\"",
                "\"rule\": \"thresholds\", \"thresholds\": [{\"label\": \"critical\", \"at_least\":"
                    + " 0.02}]"));
    List<String> rows = new ArrayList<>(BundledFiles.rows(60));
    rows.add("{\"text\": \"Nobody has said yet what this is\"}");
    Path file = Files.write(directory.resolve("tickets.jsonl"), rows);
    Path json = directory.resolve("comparison.json");
    Path html = directory.resolve("comparison.html");
    Path predictions = directory.resolve("rows.jsonl");

    assertThat(
            run(
                BundledFiles.MODEL.toString(),
                other.toString(),
                "--from",
                file.toString(),
                "--precision",
                "fp32",
                "--json",
                json.toString(),
                "--html",
                html.toString(),
                "--predictions",
                predictions.toString()))
        .as(errors.toString(StandardCharsets.UTF_8))
        .isZero();

    JsonNode comparison = EventJson.mapper().readTree(Files.readString(json));
    List<JsonNode> exported =
        Files.readAllLines(predictions).stream().map(EventJson.mapper()::readTree).toList();
    assertThat(comparison.path("n").intValue()).isEqualTo(61).isEqualTo(exported.size());
    long moved =
        exported.stream()
            .filter(row -> !row.path("a").path("priority").equals(row.path("b").path("priority")))
            .count();
    assertThat(comparison.path("moved").longValue()).isEqualTo(moved).isPositive();
    assertThat(comparison.path("more_urgent").longValue()).isEqualTo(moved);
    assertThat(comparison.path("moves"))
        .allSatisfy(move -> assertThat(move.path("to").stringValue()).isEqualTo("critical"));
    assertThat(comparison.path("labels").path("n").intValue()).isEqualTo(60);
    assertThat(comparison.path("a").path("accuracy").doubleValue())
        .isGreaterThan(comparison.path("b").path("accuracy").doubleValue());
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("→ critical", "only A");
    assertThat(html).content().contains("From A to B", "Who is right", "The biggest moves");
  }

  @Test
  void optionsThatContradictAreExplained() {
    assertThat(run("a", "b")).isEqualTo(2);
    assertThat(errors.toString(StandardCharsets.UTF_8)).contains("--from is needed");
    errors.reset();
    assertThat(run("a", "b", "--from", "x.jsonl", "--since", "P7D")).isEqualTo(2);
    assertThat(errors.toString(StandardCharsets.UTF_8)).contains("--since goes with --from topic");
    errors.reset();
    assertThat(run("a", "b", "--from", "topic", "--since", "yesterday")).isEqualTo(2);
    assertThat(errors.toString(StandardCharsets.UTF_8)).contains("--since is an offset");
    errors.reset();
    assertThat(run("a", "b", "--from", "topic", "--limit", "0")).isEqualTo(2);
    assertThat(errors.toString(StandardCharsets.UTF_8)).contains("--limit is a number");
  }
}
