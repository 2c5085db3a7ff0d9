package tickets.scorer.finetune;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tickets.contract.Sha256;
import tickets.scorer.model.Precision;
import tickets.scorer.model.ScoredBatch;
import tickets.scorer.model.TicketScorer;
import tickets.scorer.model.TinyBert;
import tickets.scorer.model.TrainableBert.Method;
import tickets.scorer.model.Verdict;

/** The whole way from a file to a model that serves, with a network of two small layers. */
class FineTuneTest {
  private static final List<String> CALM = List.of("colour", "thanks", "question", "manual");
  private static final List<String> URGENT = List.of("fire", "outage", "breach", "flood");
  private static final List<String> OTHER =
      List.of("the", "a", "is", "our", "office", "server", "please", "now", "and", "we", "have");

  @TempDir Path directory;
  private Path base;
  private Path tickets;

  @BeforeEach
  void material() throws IOException {
    List<String> words = new ArrayList<>(CALM);
    words.addAll(URGENT);
    words.addAll(OTHER);
    base = TinyBert.encoder(directory.resolve("base"), words);
    List<String> rows = new ArrayList<>(List.of("text;label;thread"));
    Random random = new Random(3);
    for (int i = 0; i < 400; i++) {
      boolean urgent = i % 3 == 0;
      List<String> row = new ArrayList<>();
      for (int j = 0; j < 4 + random.nextInt(12); j++) {
        row.add(OTHER.get(random.nextInt(OTHER.size())));
      }
      row.set(random.nextInt(row.size()), (urgent ? URGENT : CALM).get(random.nextInt(4)));
      rows.add(String.join(" ", row) + ";" + (urgent ? "urgent" : "calm") + ";" + i / 2);
    }
    rows.add("a question;whatever;x");
    tickets = Files.write(directory.resolve("tickets.csv"), rows, StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @EnumSource(Method.class)
  void whatItWritesServes(Method method) throws IOException {
    Path output = directory.resolve("out");

    String said = run(0, config(output, method, 12), "");

    assertThat(said)
        .contains("Read 401 labelled tickets")
        .contains("1 rows cannot be learnt from")
        .contains("line 402: its label \"whatever\" is none of [calm, urgent]")
        .contains("MODEL_PATH=" + output + " ./start");
    try (TicketScorer scorer = TicketScorer.load(output, Precision.FP32)) {
      assertThat(scorer.manifest().priorities()).containsExactly("calm", "urgent");
      assertThat(scorer.manifest().mostUrgent()).isEqualTo("LABEL_1");
      assertThat(scorer.manifest().name()).isEqualTo("desk");
      if (method == Method.FULL) {
        // A random encoder that stays as it is, or nearly so, says little.
        assertThat(priorities(scorer, "we have a fire now", "please a question and thanks"))
            .containsExactly("urgent", "calm");
      }
    }
    assertThat(Files.exists(output.resolve("adapter/adapter_model.safetensors")))
        .isEqualTo(method == Method.LORA);
    try (var files = Files.list(output.resolve("training"))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .doesNotContain("best.safetensors")
          .contains("state.json", "bad-rows.txt");
    }
  }

  @Test
  void sameSeedSameModelAndAKilledRunGoesOnToTheSame() throws Exception {
    run(0, config(directory.resolve("whole"), Method.FULL, 4), "");
    run(0, config(directory.resolve("again"), Method.FULL, 4), "");
    assertThat(digest("again")).isEqualTo(digest("whole"));

    Path output = directory.resolve("killed");
    Path config = config(output, Method.FULL, 4);
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                FineTune.class.getName(),
                config.toString())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("log.txt").toFile())
            .start();
    Path state = output.resolve("training");
    for (int i = 0; i < 6_000 && process.isAlive() && !isInSecondEpoch(state); i++) {
      Thread.sleep(5);
    }
    assertThat(process.isAlive()).describedAs("was still learning").isTrue();
    process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
    assertThat(output.resolve("model.safetensors")).doesNotExist();

    assertThat(run(0, config, "")).contains("Goes on in epoch ");

    assertThat(digest("killed")).isEqualTo(digest("whole"));
  }

  @Test
  void goingOnFromAClassifierEndsNoWorse() throws IOException {
    Path first = directory.resolve("first");
    run(0, config(first, Method.FULL, 12), "");
    base = first;
    Path spoiling = config(directory.resolve("second"), Method.FULL, 2, "learning_rate: 0.5");

    String said = run(0, spoiling, "");

    assertThat(said).contains("the best is the base itself");
    assertThat(digest("second")).isEqualTo(digest("first"));
  }

  @Test
  void aModelThatIsThereIsNotReplacedUnasked() throws IOException {
    Path output = directory.resolve("out");
    Path config = config(output, Method.HEAD, 1);
    run(0, config, "");
    Files.delete(output.resolve("training/state.json"));

    assertThat(run(2, config, "")).contains("holds a model already").contains("--fresh");
    Files.writeString(config, Files.readString(config).replace("epochs: 1", "epochs: 2"));
    assertThat(run(0, config, "--fresh")).contains("The model is in");
    Files.writeString(config, Files.readString(config).replace("epochs: 2", "epochs: 3"));
    assertThat(run(2, config, "")).contains("another configuration");
  }

  @Test
  void findsALearningRate() throws IOException {
    Path output = directory.resolve("out");

    String said = run(0, config(output, Method.FULL, 1), "--find-learning-rate");

    assertThat(said).containsPattern("Set training.learning_rate to about [1-9]e-0[1-6]");
    assertThat(output.resolve("model.safetensors")).doesNotExist();
  }

  @Test
  void tooManyBadRowsStopIt() throws IOException {
    Path config = config(directory.resolve("out"), Method.HEAD, 1);
    Files.writeString(
        config, Files.readString(config).replace("most_bad_rows: 5", "most_bad_rows: 0"));

    assertThat(run(2, config, ""))
        .contains("1 of 401 rows are bad, more than data.most_bad_rows (0) allows");
  }

  private boolean isInSecondEpoch(Path training) {
    try {
      TrainingState state = TrainingState.read(training);
      return state != null && state.epoch() == 1 && state.stepsDone() >= 2;
    } catch (UnusablePlan e) {
      return false;
    }
  }

  private String digest(String output) throws IOException {
    return Sha256.hex(Files.readAllBytes(directory.resolve(output).resolve("model.safetensors")));
  }

  private static List<String> priorities(TicketScorer scorer, String... texts) {
    ScoredBatch batch = scorer.score(Arrays.asList(texts));
    return batch.verdicts().stream()
        .map(verdict -> ((Verdict.Scored) verdict).scores().priority())
        .toList();
  }

  private Path config(Path output, Method method, int epochs, String... training)
      throws IOException {
    return Files.writeString(
        directory.resolve(output.getFileName() + ".yaml"),
        """
        name: desk
        base: %s
        output: %s
        method: %s
        max_tokens: 24
        save_as: fp32
        data:
          train: %s
          most_bad_rows: 5
          split: {by: random, group: thread, validation: 0.25, near_duplicates: 0}
        labels: [{priority: calm}, {priority: urgent}]
        lora: {rank: 8, alpha: 32, targets: [query, key, value, intermediate.dense, output.dense]}
        training:
          epochs: %d
          patience: 0
          batch_size: 16
          tickets_at_once: 8
          checkpoint_minutes: 0
          threads: 1
          precision: fp32
          %s
        """
            .formatted(
                base,
                output,
                method,
                tickets,
                epochs,
                training.length == 0 ? "learning_rate: 0.01" : String.join("\n  ", training)));
  }

  private static String run(int status, Path config, String option) {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(said, true, StandardCharsets.UTF_8);
    List<String> arguments =
        option.isEmpty() ? List.of(config.toString()) : List.of(config.toString(), option);
    int rc = FineTune.run(arguments, out, out);
    String text = said.toString(StandardCharsets.UTF_8);
    assertThat(rc).describedAs(text).isEqualTo(status);
    return text;
  }
}
