package tickets.scorer.finetune;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tickets.scorer.evaluate.Evaluation;
import tickets.scorer.evaluate.Findings;
import tickets.scorer.evaluate.ScaleFit;
import tickets.scorer.labelled.LabelledTicket;
import tickets.scorer.labelled.Split;

/** The README of a model: what it was made from, how well it does, and where it fails. */
final class ModelCard {
  private static final Pattern LICENCE = Pattern.compile("(?m)^licen[sc]e:\\s*(\\S.*)$");

  private final FineTunePlan plan;
  private final LabelSet labels;
  private final StringBuilder card = new StringBuilder();

  private ModelCard(FineTunePlan plan, LabelSet labels) {
    this.plan = plan;
    this.labels = labels;
  }

  /**
   * @param source what the tickets were read from, a line for people
   * @param findings on the validation tickets, as the model serves
   */
  static String of(
      FineTunePlan plan,
      LabelSet labels,
      String source,
      Split split,
      TrainingState state,
      Findings findings)
      throws IOException {
    ModelCard card = new ModelCard(plan, labels);
    card.head(findings);
    card.data(source, split);
    card.training(state);
    card.figures(findings);
    card.limits(split, findings);
    return card.card.toString();
  }

  private void line(String format, Object... values) {
    card.append(String.format(Locale.ROOT, format, values)).append('\n');
  }

  private void head(Findings findings) {
    line("# %s %s", plan.name(), plan.version());
    line("");
    line(
        "A BERT for sequence classification that reads a support ticket and gives one of %d"
            + " priorities, the least urgent first:",
        labels.size());
    line("");
    line("| label | priority |");
    line("|---|---|");
    for (int label : findings.manifest().leastUrgentFirst()) {
      line("| %s | %s |", labels.names().get(label), labels.priorities().get(label));
    }
    line("");
    line(
        "Made on %s by `models/fine-tune %s`. Digest in %s: `%s`.",
        LocalDate.now(),
        plan.file().getFileName(),
        findings.manifest().precision(),
        findings.manifest().digest());
    line("");
  }

  private void data(String source, Split split) {
    line("## Data");
    line("");
    line("From %s. Split %s.", source, split.how());
    line("");
    line("| | tickets | %s |", String.join(" | ", labels.priorities()));
    line("|---|---|%s", "---|".repeat(labels.size()));
    row("to learn from", split.train());
    row("to judge by", split.validation());
    if (!split.leftOut().isEmpty()) {
      row("left out: they belong to, or nearly repeat, one to judge by", split.leftOut());
    }
    line("");
  }

  private void row(String name, List<LabelledTicket> tickets) {
    StringBuilder counts = new StringBuilder();
    for (int label = 0; label < labels.size(); label++) {
      int is = label;
      counts
          .append(" | ")
          .append(
              tickets.stream()
                  .filter(ticket -> Integer.valueOf(is).equals(labels.indexOf(ticket.label())))
                  .count());
    }
    line("| %s | %d%s |", name, tickets.size(), counts);
  }

  private void training(TrainingState state) throws IOException {
    line("## Training");
    line("");
    line("From `%s` (%s). Licence of that base: %s.", plan.base(), method(), licence());
    line(
        "%s for %s; seed %d, at most %d tokens, learning rate %.1e, batches of %d.",
        state.epochs().stream().mapToInt(TrainingState.Epoch::epoch).max().orElse(0) + " epochs",
        TrainingProgress.inWords(Duration.ofSeconds((long) state.seconds())),
        plan.seed(),
        plan.maxTokens(),
        plan.training().learningRate(),
        plan.training().batch());
    line("");
    line("| epoch | loss | validation loss | macro-F1 |");
    line("|---|---|---|---|");
    for (TrainingState.Epoch epoch : state.epochs()) {
      line(
          "| %s%s | %s | %.4f | %.4f |",
          epoch.epoch() == 0 ? "the base" : epoch.epoch(),
          epoch.epoch() == state.bestEpoch() ? " (kept)" : "",
          Double.isNaN(epoch.trainLoss())
              ? ""
              : String.format(Locale.ROOT, "%.4f", epoch.trainLoss()),
          epoch.validationLoss(),
          epoch.macroF1());
    }
    line("");
  }

  private String method() {
    return switch (plan.method()) {
      case FULL -> "all weights learnt";
      case LORA ->
          "LoRA of rank "
              + plan.lora().rank()
              + " on "
              + String.join(", ", plan.lora().targets())
              + ", merged; the adapter alone is in adapter/";
      case HEAD -> "pooler and classifier learnt";
    };
  }

  /** From the configuration, else from the head of the base's own card. */
  private String licence() throws IOException {
    if (!plan.baseLicence().isEmpty()) {
      return plan.baseLicence();
    }
    Path readme = plan.base().resolve("README.md");
    if (Files.exists(readme)) {
      Matcher matcher = LICENCE.matcher(Files.readString(readme, StandardCharsets.UTF_8));
      return matcher.find() ? matcher.group(1).strip() : "as its own card says";
    }
    return "not stated";
  }

  private void figures(Findings findings) {
    Evaluation evaluation = findings.evaluation();
    line("## Measured");
    line("");
    line(
        "On the %d tickets to judge by, as the model serves in %s. The epoch and the scaling of the"
            + " probabilities were chosen by the same tickets: judge it by others with"
            + " `models/evaluate` before you rely on these figures. report.html has them as"
            + " pictures, evaluation.json in full.",
        evaluation.n(), findings.manifest().precision());
    line("");
    line("| accuracy | macro-F1 | calibration error (ECE) |");
    line("|---|---|---|");
    line("| %.4f | %.4f | %.4f |", evaluation.accuracy(), evaluation.macroF1(), evaluation.ece());
    line("");
    line("| priority | precision | recall | F1 | tickets |");
    line("|---|---|---|---|---|");
    for (int label = 0; label < labels.size(); label++) {
      Evaluation.LabelScore score = evaluation.perLabel().get(label);
      line(
          "| %s | %.3f | %.3f | %.3f | %d |",
          labels.priorities().get(label),
          score.precision(),
          score.recall(),
          score.f1(),
          score.support());
    }
    line("");
    ScaleFit fit = findings.fit();
    if (fit != null) {
      line(
          "**Probabilities.** %s Mean negative log likelihood %.4f before, %.4f after.",
          fit.reason(), fit.before(), fit.after());
      line("");
    }
  }

  private void limits(Split split, Findings findings) {
    line("## Limits");
    line("");
    line(
        "- It knows tickets such as those it learnt from. Other desks, languages and new products"
            + " are another matter: watch `GET /v1/quality`, and fine-tune again with corrections.");
    line("- Texts beyond %d tokens lose their middle.", plan.maxTokens());
    for (int label = 0; label < labels.size(); label++) {
      int support = findings.evaluation().perLabel().get(label).support();
      if (support < 50) {
        line(
            "- Only %d of the tickets to judge by are %s: its figures are rough.",
            support, labels.priorities().get(label));
      }
    }
    if (split.train().size() < 1_000) {
      line("- %d tickets to learn from are few.", split.train().size());
    }
  }
}
