package tickets.scorer.finetune;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tickets.scorer.labelled.Columns;
import tickets.scorer.labelled.Split;
import tickets.scorer.model.TrainableBert.Lora;
import tickets.scorer.model.TrainableBert.Method;

/**
 * What a fine-tuning is asked for: a YAML file, whose keys models/configs explains one by one.
 *
 * @param base directory of the encoder or classifier to go on from
 * @param baseLicence for the model's card; empty: as the base's card says
 * @param output directory of the new model
 * @param setAside whether quotes, signatures and footers of mails are not read
 * @param labels in order of urgency, the most urgent last; empty: those of the data
 * @param decision as priority.json has it; empty: the most probable label
 */
record FineTunePlan(
    Path file,
    String name,
    String version,
    Path base,
    String baseLicence,
    Path output,
    Method method,
    long seed,
    int maxTokens,
    boolean setAside,
    boolean half,
    Data data,
    List<Label> labels,
    Map<String, Object> decision,
    Training training,
    Lora lora) {

  /**
   * Where labelled tickets are.
   *
   * @param train file; null with a query
   * @param validation file of its own; null: split off
   * @param url of PostgreSQL; empty with a file
   */
  record Data(
      @Nullable Path train,
      @Nullable Path validation,
      String url,
      String query,
      Columns columns,
      String encoding,
      String delimiter,
      Split.Rule split,
      int mostBadRows) {}

  /**
   * One label.
   *
   * @param label the model's own name, as LABEL_0
   * @param priority the readable one
   * @param values what the data write for it, beside these two and its number
   */
  record Label(String label, String priority, List<String> values) {}

  enum Schedule {
    LINEAR,
    COSINE,
    CONSTANT
  }

  enum ClassWeights {
    NONE,
    BALANCED
  }

  enum Number {
    AUTO,
    FP32,
    BF16
  }

  /**
   * How to learn.
   *
   * @param batch tickets of a step
   * @param part tickets that are learnt from at once: a step's gradient is accumulated over its
   *     parts
   * @param warmUp share of all steps until the learning rate is reached
   * @param augmentation share of the tickets of an epoch that are typed otherwise; 0 for a head
   * @param patience epochs without a better macro-F1 after which it stops; 0: never
   * @param checkpointEvery a crash costs no more than that
   */
  record Training(
      int epochs,
      int batch,
      int part,
      double learningRate,
      Schedule schedule,
      double warmUp,
      double weightDecay,
      double clip,
      double dropout,
      ClassWeights classWeights,
      double focus,
      double smoothing,
      double augmentation,
      int patience,
      Duration checkpointEvery,
      Number precision,
      int threads) {}

  /**
   * @throws UnusablePlan that says which key is wrong, and what it may be
   */
  static FineTunePlan read(Path file) {
    YamlSection root = YamlSection.read(file);
    Path output = Path.of(root.required("output"));
    long seed = root.whole("seed", 1, 0, 1_000_000);
    Method method = root.one("method", Method.class, Method.FULL);
    FineTunePlan plan =
        new FineTunePlan(
            file,
            root.text("name", String.valueOf(output.getFileName())),
            root.text("version", "1.0.0"),
            Path.of(root.required("base")),
            root.text("base_licence", ""),
            output,
            method,
            seed,
            root.whole("max_tokens", 256, 3, 4_096),
            root.flag("set_aside", true),
            root.one("save_as", SavedAs.class, SavedAs.FP16) == SavedAs.FP16,
            data(root.section("data"), seed),
            labels(root.sections("labels")),
            root.has("decision") ? root.section("decision").all() : Map.of(),
            training(root.section("training"), method),
            lora(root.section("lora")));
    root.requireNothingElse();
    return plan;
  }

  private enum SavedAs {
    FP16,
    FP32
  }

  private static Data data(YamlSection data, long seed) {
    boolean file = data.has("train");
    boolean query = data.has("postgres");
    if (file == query) {
      throw new UnusablePlan(
          "data needs train (a file) or postgres (url and query): one of the two.");
    }
    YamlSection postgres = data.section("postgres");
    YamlSection columns = data.section("columns");
    Columns usual = Columns.USUAL;
    Data read =
        new Data(
            file ? Path.of(data.required("train")) : null,
            data.has("validation") ? Path.of(data.required("validation")) : null,
            query ? environment(postgres.required("url")) : "",
            query ? postgres.required("query") : "",
            new Columns(
                columns.text("text", usual.text()),
                columns.text("subject", usual.subject()),
                columns.text("body", usual.body()),
                columns.text("label", usual.label())),
            data.text("encoding", ""),
            data.text("delimiter", ""),
            split(data.section("split"), seed),
            data.whole("most_bad_rows", 100, 0, Integer.MAX_VALUE));
    postgres.requireNothingElse();
    columns.requireNothingElse();
    data.requireNothingElse();
    return read;
  }

  /** A password does not belong into a file: ${NAME} stands for an environment variable. */
  private static String environment(String text) {
    if (text.startsWith("${") && text.endsWith("}")) {
      String name = text.substring(2, text.length() - 1);
      String value = System.getenv(name);
      if (value == null || value.isBlank()) {
        throw new UnusablePlan(
            "data.postgres.url names the environment variable " + name + ", which is not set.");
      }
      return value;
    }
    return text;
  }

  private static Split.Rule split(YamlSection split, long seed) {
    Split.By by = split.one("by", Split.By.class, Split.By.RANDOM);
    Split.Rule rule =
        new Split.Rule(
            by,
            split.text("column", by == Split.By.COLUMN ? "split" : ""),
            split.text("group", ""),
            split.number("validation", 0.15, 0.01, 0.9),
            split.number("near_duplicates", 0.8, 0, 1),
            seed);
    if (by == Split.By.TIME && rule.column().isEmpty()) {
      throw new UnusablePlan("data.split.column must name the column of the time.");
    }
    split.requireNothingElse();
    return rule;
  }

  private static List<Label> labels(List<YamlSection> sections) {
    List<Label> labels = new ArrayList<>();
    for (YamlSection section : sections) {
      String label = section.text("label", "LABEL_" + labels.size());
      labels.add(
          new Label(label, section.text("priority", label), section.texts("values", List.of())));
      section.requireNothingElse();
    }
    if (labels.size() == 1) {
      throw new UnusablePlan("labels names one: a classifier tells at least two apart.");
    }
    long different =
        labels.stream().map(label -> label.label().toLowerCase(Locale.ROOT)).distinct().count();
    if (different < labels.size()) {
      throw new UnusablePlan("labels names one of them twice.");
    }
    return labels;
  }

  private static Training training(YamlSection training, Method method) {
    double usualRate =
        switch (method) {
          case FULL -> 1e-4;
          case LORA -> 1e-3;
          case HEAD -> 2e-3;
        };
    Training read =
        new Training(
            training.whole("epochs", method == Method.HEAD ? 40 : 4, 1, 10_000),
            training.whole("batch_size", 32, 1, 65_536),
            training.whole("tickets_at_once", 16, 1, 65_536),
            training.number("learning_rate", usualRate, 1e-9, 1),
            training.one("schedule", Schedule.class, Schedule.LINEAR),
            training.number("warm_up", 0.1, 0, 1),
            training.number("weight_decay", 0.01, 0, 1),
            training.number("clip", 1, 0, 1e6),
            training.number("dropout", 0.1, 0, 0.9),
            training.one("class_weights", ClassWeights.class, ClassWeights.NONE),
            training.number("focal_gamma", 0, 0, 10),
            training.number("label_smoothing", 0.05, 0, 0.5),
            method == Method.HEAD ? 0 : training.number("augmentation", 0.3, 0, 1),
            training.whole("patience", 2, 0, 10_000),
            Duration.ofMillis((long) (training.number("checkpoint_minutes", 2, 0, 1e4) * 60_000)),
            training.one("precision", Number.class, Number.AUTO),
            training.whole("threads", 0, 0, 1_024));
    training.requireNothingElse();
    return read;
  }

  private static Lora lora(YamlSection section) {
    int rank = section.whole("rank", 8, 1, 4_096);
    Lora lora =
        new Lora(
            rank,
            section.number("alpha", 2.0 * rank, 1e-6, 1e6),
            section.texts("targets", List.of("query", "value")));
    section.requireNothingElse();
    return lora;
  }
}
