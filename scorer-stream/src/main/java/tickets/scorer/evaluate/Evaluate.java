package tickets.scorer.evaluate;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import tickets.scorer.labelled.BadRow;
import tickets.scorer.labelled.Columns;
import tickets.scorer.labelled.LabelledTicket;
import tickets.scorer.labelled.LabelledTickets;
import tickets.scorer.labelled.UnusableData;
import tickets.scorer.model.ManifestFile;
import tickets.scorer.model.ModelManifest;
import tickets.scorer.model.Precision;
import tickets.scorer.model.Scaling;
import tickets.scorer.model.TicketScorer;

/** Judges a model by labelled tickets, and fits its probabilities to them if asked to. */
public final class Evaluate {
  private static final String USAGE =
      """
      Usage: models/evaluate MODEL FILE [options]

      Judges the model in a directory by labelled tickets: JSONL with "text" and "label" a line, or CSV with such columns.
      A label is the model's own name (LABEL_2), the readable one (high) or the number of its place, from 0.

        --json FILE         where the figures go
        --html FILE         where the report with charts goes
        --predictions FILE  where the rows go, one JSON object a line: text, label, predicted, probabilities, logits
        --only FIELD=VALUE  only rows with that value in that field, as split=validation; may be repeated
        --fit               fits temperature and scales to these tickets, which the model must not have been trained on,
                            and writes them into MODEL/priority.json if they do better
        --decision JSON     decides so instead of as priority.json says, as
                            '{"rule": "costs", "costs": {"false_alarm": 1, "missed": {"critical": 20}}}'
        --precision P       auto, fp32, bf16 or int8 (auto)
        --no-speed          without measuring rate and latency in each precision
        --text COLUMN       of the text (text; where it is empty, subject and body)
        --label COLUMN      of the label (label)
        --encoding NAME     of the file (found out)
        --delimiter C       of a CSV (found out)
      """;

  private static final Set<String> FLAGS = Set.of("--fit", "--no-speed");

  private static final Set<String> VALUED =
      Set.of(
          "--json",
          "--html",
          "--predictions",
          "--only",
          "--decision",
          "--precision",
          "--text",
          "--label",
          "--encoding",
          "--delimiter");

  private final Command command;
  private final Arguments arguments;

  private Evaluate(Command command) {
    this.command = command;
    arguments = command.arguments();
  }

  public static void main(String[] words) {
    System.exit(run(List.of(words), System.out, System.err));
  }

  /**
   * @return the exit status: 0 done, 2 something to be changed first
   */
  static int run(List<String> words, PrintStream out, PrintStream errors) {
    return Command.run(
        "evaluate",
        USAGE,
        2,
        FLAGS,
        VALUED,
        words,
        out,
        errors,
        command -> new Evaluate(command).evaluate());
  }

  private void evaluate() throws IOException {
    Path model = Path.of(arguments.free().get(0));
    Precision precision = command.precision();
    LabelledTickets read = read(Path.of(arguments.free().get(1)));
    Findings findings;
    try (TicketScorer scorer = TicketScorer.load(model, precision)) {
      ModelManifest manifest = scorer.manifest();
      Optional<String> decision = arguments.last("--decision");
      if (decision.isPresent()) {
        manifest = manifest.with(manifest.decision(decision.get(), Path.of("--decision")));
      }
      List<Judged> rows = judge(scorer, manifest, read);
      findings =
          arguments.has("--fit")
              ? fitted(model, manifest, read.source(), rows)
              : Findings.of(manifest, read.source(), rows);
    }
    if (!arguments.has("--no-speed")) {
      findings =
          findings.withSpeeds(
              SpeedMeter.measure(
                  model, findings.manifest(), findings.rows(), command.notes()::add));
    }
    findings = findings.withNotes(command.notes());
    command.print(FindingsTable.of(findings));
    command.write("--json", FindingsJson.of(findings).toPrettyString() + "\n");
    command.write("--html", Report.html(findings));
    ModelManifest manifest = findings.manifest();
    command.writeLines(
        "--predictions", findings.rows().stream().map(row -> FindingsJson.row(row, manifest)));
  }

  private LabelledTickets read(Path file) {
    Columns columns =
        new Columns(
            arguments.last("--text").orElse(Columns.USUAL.text()),
            Columns.USUAL.subject(),
            Columns.USUAL.body(),
            arguments.last("--label").orElse(Columns.USUAL.label()));
    LabelledTickets read =
        LabelledTickets.read(
            file,
            columns,
            arguments.last("--encoding").orElse(""),
            arguments.last("--delimiter").orElse(""));
    command.passOver(read.bad(), "can't be read");
    List<LabelledTicket> some = new ArrayList<>(read.tickets());
    String source = read.source();
    for (String condition : arguments.all("--only")) {
      int equals = condition.indexOf('=');
      if (equals < 1) {
        throw new Arguments.Misunderstood("--only needs FIELD=VALUE, not " + condition);
      }
      String field = condition.substring(0, equals);
      String value = condition.substring(equals + 1);
      some.removeIf(ticket -> !value.equals(ticket.fields().getOrDefault(field, "")));
      source += ", " + condition;
    }
    if (some.isEmpty()) {
      throw new UnusableData(source + " holds no labelled tickets.");
    }
    return new LabelledTickets(some, read.bad(), source);
  }

  private List<Judged> judge(TicketScorer scorer, ModelManifest manifest, LabelledTickets read) {
    KnownLabels labels = new KnownLabels(manifest);
    List<LabelledTicket> known = new ArrayList<>();
    List<BadRow> unknown = new ArrayList<>();
    for (LabelledTicket ticket : read.tickets()) {
      if (labels.index(ticket.label()).isPresent()) {
        known.add(ticket);
      } else {
        unknown.add(new BadRow(ticket.line(), "the model has no label \"" + ticket.label() + "\""));
      }
    }
    command.passOver(unknown, "with a label that the model does not have");
    List<Optional<TicketScorer.Raw>> raw =
        Reading.of(
            scorer,
            known.stream().map(LabelledTicket::text).toList(),
            command.progress("Reading", known.size()));
    List<Judged> rows = new ArrayList<>();
    List<BadRow> failed = new ArrayList<>();
    for (int i = 0; i < known.size(); i++) {
      LabelledTicket ticket = known.get(i);
      OptionalInt truth = labels.index(ticket.label());
      raw.get(i)
          .ifPresentOrElse(
              one ->
                  rows.add(
                      Judged.of(ticket.text(), truth.getAsInt(), one, manifest, fields(ticket))),
              () -> failed.add(new BadRow(ticket.line(), "the model can't score this text")));
    }
    command.passOver(failed, "that the model can't score");
    if (rows.isEmpty()) {
      throw new UnusableData(
          read.source()
              + " has no row whose label this model knows; it knows "
              + manifest.labels()
              + " and "
              + manifest.priorities()
              + ".");
    }
    return rows;
  }

  /** What slices are made by: what the row says beside text and label. */
  private Map<String, String> fields(LabelledTicket ticket) {
    Map<String, String> fields = new LinkedHashMap<>(ticket.fields());
    List.of(
            arguments.last("--text").orElse(Columns.USUAL.text()),
            arguments.last("--label").orElse(Columns.USUAL.label()),
            Columns.USUAL.subject(),
            Columns.USUAL.body())
        .forEach(fields::remove);
    return fields;
  }

  private Findings fitted(Path model, ModelManifest manifest, String source, List<Judged> rows)
      throws IOException {
    ScaleFit fit =
        ScaleFit.of(
            rows.stream().map(Judged::logits).toList(),
            rows.stream().mapToInt(Judged::truth).toArray());
    Scaling scaling = fit.chosen();
    if (scaling.equals(Scaling.NONE)) {
      command.notes().add("The scaling stays as it was.");
      return Findings.of(manifest, source, rows).withFit(fit);
    }
    ManifestFile.writeScaling(model, scaling);
    command
        .notes()
        .add(
            "The scaling was fitted on these tickets and written into "
                + model.resolve("priority.json")
                + "; the figures are those with it. Scorers take it when they start anew.");
    ModelManifest now = ModelManifest.read(model, manifest.precision()).with(manifest.decision());
    return Findings.of(
            now, source, rows.stream().map(row -> row.under(scaling, now.decision())).toList())
        .withFit(fit);
  }
}
