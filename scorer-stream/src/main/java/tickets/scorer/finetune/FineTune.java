package tickets.scorer.finetune;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import tickets.contract.Sha256;
import tickets.scorer.evaluate.Findings;
import tickets.scorer.evaluate.FindingsJson;
import tickets.scorer.evaluate.FindingsTable;
import tickets.scorer.evaluate.Judged;
import tickets.scorer.evaluate.Report;
import tickets.scorer.evaluate.ScaleFit;
import tickets.scorer.evaluate.TrainingCurves;
import tickets.scorer.finetune.FineTunePlan.Label;
import tickets.scorer.finetune.FineTunePlan.Training;
import tickets.scorer.labelled.BadRow;
import tickets.scorer.labelled.Columns;
import tickets.scorer.labelled.LabelledTicket;
import tickets.scorer.labelled.LabelledTickets;
import tickets.scorer.labelled.Split;
import tickets.scorer.labelled.UnusableData;
import tickets.scorer.model.ModelFailure;
import tickets.scorer.model.ModelManifest;
import tickets.scorer.model.Precision;
import tickets.scorer.model.TicketScorer;
import tickets.scorer.model.TicketTokenizer;
import tickets.scorer.model.TrainableBert;
import tickets.scorer.model.UnusableModel;
import tickets.scorer.reading.OwnWords;
import tickets.scorer.reading.TextLanguage;

/**
 * From labelled tickets to a model that {@code MODEL_PATH} takes: reads, splits, learns, judges,
 * writes. {@code models/fine-tune} starts it.
 */
public final class FineTune {
  private static final String USAGE =
      """
      Usage: models/fine-tune CONFIG.yaml [--fresh] [--find-learning-rate]

      Makes a model of your own from labelled tickets. models/configs has configurations with every key explained.
      Stopped, however, it goes on where it was when it is started again.
        --fresh               begins again, whatever an earlier run left in the output directory
        --find-learning-rate  tries learning rates for some minutes, suggests one, and writes no model
      Paths in the configuration are seen from where you stand.
      """;

  private static final int JUDGED_AT_ONCE = 64;

  /** Of the tickets, to count as a language that the model learnt. */
  private static final double LEAST_SHARE = 0.05;

  /** Rows that are named one by one. */
  private static final int NAMED = 10;

  private final FineTunePlan plan;
  private final PrintStream out;

  private FineTune(FineTunePlan plan, PrintStream out) {
    this.plan = plan;
    this.out = out;
  }

  public static void main(String[] arguments) {
    System.exit(run(List.of(arguments), System.out, System.err));
  }

  /**
   * @return the exit status: 0 done, 2 something to be changed first
   */
  static int run(List<String> arguments, PrintStream out, PrintStream errors) {
    List<String> rest = new ArrayList<>(arguments);
    boolean fresh = rest.remove("--fresh");
    boolean find = rest.remove("--find-learning-rate");
    if (rest.size() != 1 || rest.get(0).startsWith("-")) {
      (rest.contains("--help") ? out : errors).print(USAGE);
      return rest.contains("--help") ? 0 : 2;
    }
    try {
      FineTune run = new FineTune(FineTunePlan.read(Path.of(rest.get(0))), out);
      if (find) {
        run.findLearningRate();
      } else {
        run.make(fresh);
      }
      return 0;
    } catch (UnusablePlan | UnusableData | UnusableModel | ModelFailure e) {
      errors.println("Cannot fine-tune: " + e.getMessage());
      return 2;
    } catch (IOException e) {
      errors.println("Cannot fine-tune: a file cannot be written or read: " + e);
      return 2;
    }
  }

  /** Tickets, ready to learn from. */
  private record Material(
      LabelSet labels, boolean baseCounts, Split split, String source, String key) {

    /**
     * What their texts are written in; nothing if a share of them is in a language that is not told
     * from others here: then the model knows more than can be said.
     */
    List<String> languages() {
      Map<TextLanguage, Integer> counts = new EnumMap<>(TextLanguage.class);
      for (LabelledTicket ticket : split.train()) {
        counts.merge(TextLanguage.of(ticket.text()), 1, Integer::sum);
      }
      double all = split.train().size();
      List<String> languages = new ArrayList<>();
      for (TextLanguage language : List.of(TextLanguage.RU, TextLanguage.EN)) {
        int count = counts.getOrDefault(language, 0);
        all -= count;
        if (count >= LEAST_SHARE * split.train().size()) {
          languages.add(language.code());
        }
      }
      return all > LEAST_SHARE * split.train().size() ? List.of() : languages;
    }
  }

  private void make(boolean fresh) throws IOException {
    Path output = plan.output();
    Path training = output.resolve("training");
    Material material = material();
    if (fresh) {
      Trainer.clean(Files.createDirectories(training));
      Files.deleteIfExists(training.resolve(TrainingState.FILE));
    }
    TrainingState state = TrainingState.read(training);
    if (state == null) {
      requireEmpty(output, fresh);
      Files.createDirectories(training);
      state = TrainingState.begin(material.key());
    } else if (!state.key().equals(material.key())) {
      throw new UnusablePlan(
          training
              + " holds a training with another configuration, other data or another base."
              + " Name another output, or begin again with --fresh.");
    }
    TrainingState ended;
    ScaleFit fitted;
    try (TicketTokenizer tokenizer = TicketTokenizer.load(plan.base(), plan.maxTokens());
        TrainableBert model = open(material)) {
      out.printf(
          Locale.ROOT,
          "Learns %,d of %,d numbers (%s, %s, %s).%n",
          model.learntCount(),
          model.count(),
          plan.method().name().toLowerCase(Locale.ROOT),
          bf16() ? "bf16" : "fp32",
          threads() == 1 ? "1 thread" : threads() + " threads");
      requireRoom(output, model.learntCount());
      Lessons lessons = lessons(material, tokenizer);
      Trainer.Validation validation =
          new Trainer.Validation(
              tokens(texts(material.split().validation()), tokenizer),
              labels(material.split().validation(), material.labels()),
              material.labels().size());
      Training how = plan.training();
      int tickets = material.split().train().size();
      long done =
          (long) state.epoch() * tickets
              + Math.min(tickets, (long) state.stepsDone() * how.batch());
      TrainingProgress progress =
          new TrainingProgress(out, System.console() != null, (long) how.epochs() * tickets, done);
      Trainer trainer = new Trainer(model, lessons, validation, how, training, state, progress);
      TrainingState end = trainer.train(material.baseCounts());
      out.printf(
          Locale.ROOT,
          "Learnt for %s; the best is %s, macro-F1 %.4f.%n",
          TrainingProgress.inWords(Duration.ofSeconds((long) end.seconds())),
          end.bestEpoch() == 0 ? "the base itself" : "epoch " + end.bestEpoch(),
          end.bestF1());
      ScaleFit fit =
          ScaleFit.of(Arrays.asList(model.logits(validation.sequences())), validation.labels());
      new ServedDirectory(plan, material.labels()).write(model, material.languages(), fit.chosen());
      ended = end;
      fitted = fit;
    }
    judge(material, ended, fitted);
    Trainer.clean(training);
    out.println();
    out.println(
        "The model is in "
            + output
            + "; README.md is its card, report.html shows how well it does. Serve it:");
    out.println("  MODEL_PATH=" + output + " ./start");
  }

  /** By the way that serves, from the directory that was written. */
  private void judge(Material material, TrainingState state, ScaleFit fit) throws IOException {
    Path output = plan.output();
    List<LabelledTicket> tickets = material.split().validation();
    int[] truths = labels(tickets, material.labels());
    try (TicketScorer scorer = TicketScorer.load(output, Precision.AUTO)) {
      ModelManifest manifest = scorer.manifest();
      List<Judged> rows = new ArrayList<>();
      for (int from = 0; from < truths.length; from += JUDGED_AT_ONCE) {
        List<LabelledTicket> some =
            tickets.subList(from, Math.min(truths.length, from + JUDGED_AT_ONCE));
        List<Optional<TicketScorer.Raw>> raw =
            scorer.raw(some.stream().map(LabelledTicket::text).toList());
        for (int i = 0; i < some.size(); i++) {
          LabelledTicket ticket = some.get(i);
          Map<String, String> fields = new LinkedHashMap<>(ticket.fields());
          Columns columns = plan.data().columns();
          List.of(columns.text(), columns.subject(), columns.body(), columns.label())
              .forEach(fields::remove);
          int truth = truths[from + i];
          raw.get(i)
              .ifPresent(one -> rows.add(Judged.of(ticket.text(), truth, one, manifest, fields)));
        }
      }
      Findings findings =
          Findings.of(manifest, "the tickets to judge by of " + material.source(), rows)
              .withFit(fit)
              .withCurves(curves(state));
      out.println(FindingsTable.of(findings));
      ServedDirectory.json(output.resolve("evaluation.json"), FindingsJson.of(findings));
      Files.writeString(output.resolve("report.html"), Report.html(findings));
      Files.writeString(
          output.resolve("README.md"),
          ModelCard.of(
              plan, material.labels(), material.source(), material.split(), state, findings));
    }
  }

  private static TrainingCurves curves(TrainingState state) {
    int last = state.steps().stream().mapToInt(TrainingState.Step::step).max().orElse(0);
    int epochs = state.epochs().stream().mapToInt(TrainingState.Epoch::epoch).max().orElse(1);
    return new TrainingCurves(
        state.steps().stream()
            .map(step -> new TrainingCurves.Step(step.step(), step.loss(), step.learningRate()))
            .toList(),
        state.epochs().stream()
            .map(
                epoch ->
                    new TrainingCurves.Epoch(
                        epoch.epoch(),
                        epoch.epoch() * last / Math.max(1, epochs),
                        epoch.macroF1(),
                        epoch.validationLoss()))
            .toList());
  }

  private void findLearningRate() {
    Material material = material();
    try (TicketTokenizer tokenizer = TicketTokenizer.load(plan.base(), plan.maxTokens());
        TrainableBert model = open(material)) {
      List<LearningRateFinder.Tried> tries =
          LearningRateFinder.tries(
              model, lessons(material, tokenizer), plan.training(), out::println);
      out.printf(
          Locale.ROOT,
          "Set training.learning_rate to about %.0e. (The loss was least at three times that.)%n",
          LearningRateFinder.suggestion(tries));
    }
  }

  // ------------------------------------------------------------------ data

  private Material material() {
    FineTunePlan.Data data = plan.data();
    TrainableBert.Base base = TrainableBert.Base.read(plan.base());
    if (plan.maxTokens() > base.positions()) {
      throw new UnusablePlan(
          "max_tokens is "
              + plan.maxTokens()
              + ", but the base reads "
              + base.positions()
              + " at the most.");
    }
    Path file = data.train();
    LabelledTickets read =
        file == null
            ? LabelledTickets.query(data.url(), data.query(), data.columns())
            : LabelledTickets.read(file, data.columns(), data.encoding(), data.delimiter());
    out.println("Read " + read.tickets().size() + " labelled tickets from " + read.source() + ".");
    LabelledTickets judged = null;
    Path other = data.validation();
    if (other != null) {
      judged = LabelledTickets.read(other, data.columns(), data.encoding(), data.delimiter());
      out.println("Read " + judged.tickets().size() + " to judge by from " + judged.source() + ".");
    }
    LabelSet labels = labels(base, read.tickets());
    List<BadRow> bad = new ArrayList<>(read.bad());
    List<LabelledTicket> tickets = known(read.tickets(), labels, bad);
    List<LabelledTicket> toJudge = List.of();
    if (judged != null) {
      bad.addAll(judged.bad());
      toJudge = known(judged.tickets(), labels, bad);
    }
    tell(bad, tickets.size() + toJudge.size());
    Split split =
        judged == null ? Split.of(tickets, data.split()) : Split.of(tickets, toJudge, data.split());
    tell(split, labels);
    boolean baseCounts =
        base.classifier()
            && ModelManifest.read(plan.base(), Precision.FP32).labels().equals(labels.names());
    return new Material(labels, baseCounts, split, read.source(), key(split, labels));
  }

  /** Those of the configuration, else of the base if the data know them, else of the data. */
  private LabelSet labels(TrainableBert.Base base, List<LabelledTicket> tickets) {
    if (!plan.labels().isEmpty()) {
      return new LabelSet(plan.labels());
    }
    if (base.classifier()) {
      ModelManifest manifest = ModelManifest.read(plan.base(), Precision.FP32);
      List<Label> own = new ArrayList<>();
      for (int i = 0; i < manifest.labels().size(); i++) {
        own.add(new Label(manifest.labels().get(i), manifest.priorities().get(i), List.of()));
      }
      LabelSet labels = new LabelSet(own);
      if (tickets.stream().allMatch(ticket -> labels.indexOf(ticket.label()) != null)) {
        return labels;
      }
    }
    LabelSet labels = LabelSet.of(tickets);
    out.println(
        "Labels, from the data: "
            + labels.priorities()
            + ". The last counts as the most urgent; name them in the configuration to have another"
            + " order.");
    return labels;
  }

  private static List<LabelledTicket> known(
      List<LabelledTicket> tickets, LabelSet labels, List<BadRow> bad) {
    List<LabelledTicket> known = new ArrayList<>();
    for (LabelledTicket ticket : tickets) {
      if (labels.indexOf(ticket.label()) == null) {
        bad.add(
            new BadRow(
                ticket.line(),
                "its label \"" + ticket.label() + "\" is none of " + labels.priorities()));
      } else {
        known.add(ticket);
      }
    }
    return known;
  }

  private void tell(List<BadRow> bad, int good) {
    Path file = plan.output().resolve("training/bad-rows.txt");
    if (!bad.isEmpty()) {
      write(file, bad);
      out.println(bad.size() + " rows cannot be learnt from:");
      bad.stream().limit(NAMED).forEach(row -> out.println("  " + row));
      if (bad.size() > NAMED) {
        out.println("  … all of them in " + file);
      }
    }
    if (bad.size() > plan.data().mostBadRows()) {
      throw new UnusableData(
          bad.size()
              + " of "
              + (bad.size() + good)
              + " rows are bad, more than data.most_bad_rows ("
              + plan.data().mostBadRows()
              + ") allows. Mend them, or allow as many.");
    }
  }

  private void tell(Split split, LabelSet labels) {
    out.println(
        "Split "
            + split.how()
            + ": "
            + split.train().size()
            + " to learn from, "
            + split.validation().size()
            + " to judge by"
            + (split.leftOut().isEmpty()
                ? "."
                : ", "
                    + split.leftOut().size()
                    + " left out because they belong to, or nearly repeat, one of those."));
    out.println("  to learn from: " + counts(split.train(), labels));
    out.println("  to judge by:   " + counts(split.validation(), labels));
    for (int i = 0; i < labels.size(); i++) {
      int label = i;
      if (split.train().stream().noneMatch(ticket -> is(ticket, label, labels))) {
        throw new UnusableData(
            "No ticket to learn from is " + labels.priorities().get(i) + ": it can't be learnt.");
      }
    }
  }

  private static boolean is(LabelledTicket ticket, int label, LabelSet labels) {
    Integer index = labels.indexOf(ticket.label());
    return index != null && index == label;
  }

  private static String counts(List<LabelledTicket> tickets, LabelSet labels) {
    Map<Integer, Integer> counts = new TreeMap<>();
    for (int label : labels(tickets, labels)) {
      counts.merge(label, 1, Integer::sum);
    }
    List<String> words = new ArrayList<>();
    counts.forEach((label, count) -> words.add(labels.priorities().get(label) + " " + count));
    return String.join(", ", words);
  }

  private static int[] labels(List<LabelledTicket> tickets, LabelSet labels) {
    return tickets.stream()
        .mapToInt(
            ticket -> {
              Integer index = labels.indexOf(ticket.label());
              return index == null ? -1 : index;
            })
        .toArray();
  }

  /** As they are read when they are scored. */
  private List<String> texts(List<LabelledTicket> tickets) {
    return tickets.stream()
        .map(LabelledTicket::text)
        .map(text -> plan.setAside() ? OwnWords.of(text).text() : text)
        .toList();
  }

  private static List<int[]> tokens(List<String> texts, TicketTokenizer tokenizer) {
    return texts.stream().map(text -> tokenizer.tokens(text).ids()).toList();
  }

  private Lessons lessons(Material material, TicketTokenizer tokenizer) {
    List<LabelledTicket> tickets = material.split().train();
    List<String> texts = texts(tickets);
    List<int[]> plain = tokens(texts, tokenizer);
    Augmentation augmentation = new Augmentation(plan.training().augmentation());
    return new Lessons(
        epoch ->
            augmentation.share() == 0
                ? plain
                : tokens(
                    augmentation.texts(texts, new Random(plan.seed() * 17 + epoch)), tokenizer),
        labels(tickets, material.labels()),
        material.labels().size(),
        plan.training(),
        plan.seed());
  }

  /** All that the course of a training depends on. */
  private String key(Split split, LabelSet labels) {
    MessageDigest digest = Sha256.digest();
    Training training = plan.training();
    note(digest, plan.method() + " " + plan.seed() + " " + plan.maxTokens() + plan.setAside());
    // Their texts name each of their values.
    note(digest, training + " " + plan.lora() + " " + labels.names() + " " + bf16());
    note(digest, plan.base().toAbsolutePath().normalize().toString());
    for (List<LabelledTicket> side : List.of(split.train(), split.validation())) {
      for (LabelledTicket ticket : side) {
        note(digest, ticket.text());
        note(digest, ticket.label());
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static void note(MessageDigest digest, String text) {
    digest.update(text.getBytes(StandardCharsets.UTF_8));
    digest.update((byte) 0);
  }

  // ----------------------------------------------------------------- model

  private TrainableBert open(Material material) {
    Training training = plan.training();
    if (System.getProperty("ai.djl.pytorch.num_threads") == null) {
      System.setProperty("ai.djl.pytorch.num_threads", Integer.toString(threads()));
    }
    return TrainableBert.open(
        plan.base(),
        material.labels().size(),
        material.baseCounts(),
        new TrainableBert.Settings(
            plan.method(),
            plan.lora(),
            training.dropout(),
            bf16(),
            training.weightDecay(),
            training.clip(),
            plan.seed()));
  }

  private int threads() {
    int wanted = plan.training().threads();
    return wanted > 0 ? wanted : Runtime.getRuntime().availableProcessors();
  }

  private boolean bf16() {
    return switch (plan.training().precision()) {
      case AUTO -> TrainableBert.isFasterInBf16();
      case BF16 -> true;
      case FP32 -> false;
    };
  }

  private static void requireEmpty(Path output, boolean fresh) throws IOException {
    if (!fresh && Files.exists(output.resolve("model.safetensors"))) {
      throw new UnusablePlan(
          output
              + " holds a model already. Name another output, or replace that one with --fresh.");
    }
  }

  /** Checkpoints hold weights, means and variances, two at a time, and the best weights. */
  private static void requireRoom(Path output, long learnt) throws IOException {
    FileStore store = Files.getFileStore(output);
    long needed = learnt * 4 * 8;
    if (store.getUsableSpace() < needed) {
      throw new UnusablePlan(
          output
              + " has room for "
              + store.getUsableSpace() / 1_000_000
              + " MB, but checkpoints take up to "
              + needed / 1_000_000
              + " MB. Make room, or name another output.");
    }
  }

  private static void write(Path file, List<BadRow> bad) {
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.write(file, bad.stream().map(BadRow::toString).toList(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UnusablePlan(file + " cannot be written: " + e.getMessage(), e);
    }
  }
}
