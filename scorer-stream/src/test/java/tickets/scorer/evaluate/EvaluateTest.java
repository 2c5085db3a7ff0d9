package tickets.scorer.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tickets.contract.EventJson;
import tickets.scorer.model.ModelManifest;
import tickets.scorer.model.Precision;
import tools.jackson.databind.JsonNode;

/** With the real model on a few of its validation rows. */
class EvaluateTest {
  private static final int ROWS = 64;

  @TempDir Path directory;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream errors = new ByteArrayOutputStream();

  private int run(String... words) {
    return Evaluate.run(
        List.of(words),
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(errors, true, StandardCharsets.UTF_8));
  }

  private String errors() {
    return errors.toString(StandardCharsets.UTF_8);
  }

  private Path file(List<String> rows) throws IOException {
    return Files.write(directory.resolve("tickets.jsonl"), rows);
  }

  @Test
  void figuresAreThoseOfTheExportedRows() throws IOException {
    Path json = directory.resolve("figures.json");
    Path predictions = directory.resolve("rows.jsonl");
    Path html = directory.resolve("report.html");
    List<String> rows = new ArrayList<>(BundledFiles.rows(ROWS));
    rows.add("{\"text\": \"no label\"}");
    rows.add("{\"text\": \"another model's\", \"label\": \"blocker\"}");
    rows.add(
        "{\"text\": \"Всё упало, не работает оплата у всех клиентов!\", \"label\": \"Critical\"}");

    assertThat(
            run(
                BundledFiles.MODEL.toString(),
                file(rows).toString(),
                "--precision",
                "fp32",
                "--json",
                json.toString(),
                "--predictions",
                predictions.toString(),
                "--html",
                html.toString()))
        .as(errors())
        .isZero();

    JsonNode figures = EventJson.mapper().readTree(Files.readString(json));
    List<JsonNode> exported =
        Files.readAllLines(predictions).stream().map(EventJson.mapper()::readTree).toList();
    assertThat(figures.path("n").intValue()).isEqualTo(ROWS + 1).isEqualTo(exported.size());
    long right =
        exported.stream().filter(row -> row.path("label").equals(row.path("predicted"))).count();
    assertThat(figures.path("accuracy").doubleValue())
        .isCloseTo((double) right / (ROWS + 1), within(1e-12))
        .isGreaterThan(0.8);
    assertThat(exported)
        .allSatisfy(
            row ->
                assertThat(
                        row.path("probabilities")
                            .valueStream()
                            .mapToDouble(JsonNode::doubleValue)
                            .sum())
                    .isCloseTo(1, within(1e-9)));
    assertThat(exported.get(ROWS).path("label").stringValue()).isEqualTo("LABEL_3");
    assertThat(figures.path("per_class").propertyNames())
        .containsExactly("LABEL_0", "LABEL_1", "LABEL_2", "LABEL_3");
    assertThat(figures.path("speed").path(0).path("precision").stringValue()).isEqualTo("fp32");
    assertThat(figures.path("speed").path(0).path("tickets_per_second").doubleValue()).isPositive();
    assertThat(figures.path("speed").path(0).path("same_label").doubleValue()).isEqualTo(1);
    assertThat(errors())
        .contains("line 65: it has no label", "line 66: the model has no label \"blocker\"");
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("macro-F1", "lang ru");
    assertThat(html).content().contains("<svg", "Reliability");
  }

  @Test
  void fittedScalingIsWrittenAndDoesBetter() throws IOException {
    Path model = BundledFiles.copy(directory, "model");
    Path manifest = model.resolve("priority.json");
    // Far too sure of everything.
    Files.writeString(manifest, Files.readString(manifest).replace("1.07", "0.25"));
    Path json = directory.resolve("figures.json");
    String file = file(BundledFiles.rows(ROWS)).toString();
    String[] words = {
      model.toString(), file, "--precision", "fp32", "--no-speed", "--json", json.toString()
    };
    assertThat(run(words)).as(errors()).isZero();
    JsonNode before = EventJson.mapper().readTree(Files.readString(json));

    List<String> fitting = new ArrayList<>(List.of(words));
    fitting.add("--fit");
    assertThat(run(fitting.toArray(String[]::new))).as(errors()).isZero();

    JsonNode fitted = EventJson.mapper().readTree(Files.readString(json));
    ModelManifest written = ModelManifest.read(model, Precision.FP32);
    assertThat(written.scaling().temperature())
        .isEqualTo(fitted.path("fit").path("scaling").path("temperature").doubleValue())
        .isBetween(0.3, 3.0);
    assertThat(fitted.path("negative_log_likelihood").doubleValue())
        .isLessThan(before.path("negative_log_likelihood").doubleValue());
    assertThat(fitted.path("model").path("digest").stringValue())
        .isEqualTo(written.digest())
        .isNotEqualTo(before.path("model").path("digest").stringValue());
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("scaling fitted on 64 tickets");
  }

  @Test
  void anotherDecisionIsTriedWithoutBeingWritten() throws IOException {
    Path json = directory.resolve("figures.json");

    assertThat(
            run(
                BundledFiles.MODEL.toString(),
                file(BundledFiles.rows(ROWS)).toString(),
                "--precision",
                "fp32",
                "--no-speed",
                "--decision",
                "{\"rule\": \"costs\", \"costs\": {\"missed\": {\"critical\": 20}}}",
                "--json",
                json.toString()))
        .as(errors())
        .isZero();

    JsonNode strategies =
        EventJson.mapper().readTree(Files.readString(json)).path("costs").path("strategies");
    assertThat(strategies.path(0).path("name").stringValue()).isEqualTo("least expected cost");
    assertThat(strategies.path(0).path("expected_cost_per_ticket").doubleValue())
        .as("of all choices it expects the least")
        .isLessThan(strategies.path(1).path("expected_cost_per_ticket").doubleValue())
        .isLessThan(strategies.path(2).path("expected_cost_per_ticket").doubleValue());
  }

  @Test
  void whatIsMissingIsSaidInOneLine() throws IOException {
    assertThat(run("only-one")).isEqualTo(2);
    assertThat(errors()).contains("It takes 2 words").contains("Usage: models/evaluate");
    errors.reset();
    assertThat(run(directory.resolve("none").toString(), file(BundledFiles.rows(1)).toString()))
        .isEqualTo(2);
    assertThat(errors()).startsWith("Cannot evaluate: ").contains("is not a directory");
    errors.reset();
    assertThat(
            run(
                BundledFiles.MODEL.toString(),
                file(List.of("{\"text\": \"a\", \"label\": \"9\"}")).toString(),
                "--precision",
                "fp32"))
        .isEqualTo(2);
    assertThat(errors()).contains("no row whose label this model knows", "critical");
    errors.reset();
    assertThat(run("a", "b", "--precision", "fp8")).isEqualTo(2);
    assertThat(errors()).contains("--precision is auto, fp32, bf16 or int8, not fp8");
  }
}
