package tickets.scorer.evaluate;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tickets.scorer.ServiceEnvironment;
import tickets.scorer.evaluate.TicketHistory.Past;
import tickets.scorer.evaluate.TicketHistory.Since;
import tickets.scorer.labelled.Columns;
import tickets.scorer.labelled.LabelledTickets;
import tickets.scorer.labelled.UnusableData;
import tickets.scorer.model.Decision;
import tickets.scorer.model.ModelManifest;
import tickets.scorer.model.Scaling;
import tickets.scorer.model.TicketScorer;

/** Has two models score the same past tickets, and shows what would move. */
public final class Compare {
  private static final String USAGE =
      """
      Usage: models/compare A B --from topic|FILE [options]

      Scores past tickets with the models in two directories and shows what would move from A to B, by how much, and,
      where people have said what is right, which model they side with.

        --from topic        the tickets on Kafka, read beside everybody else: nothing is committed, nobody waits. Where Kafka
                            is and who asks: KAFKA_BOOTSTRAP_SERVERS, KAFKA_… as for the services. Labels are people's
                            corrections (topic ticket-corrections)
        --from FILE         JSONL or CSV with "text" and, if known, "label"
        --since WHEN        with topic: an offset, a time (2026-11-25T00:00:00Z) or how long ago (P7D, PT6H)
        --limit N           at most, the newest (10000)
        --json FILE         where the figures go
        --html FILE         where the report goes
        --predictions FILE  where the rows go, one JSON object a line
        --precision P       auto, fp32, bf16 or int8 (auto)
        --text COLUMN       of the text (text; where it is empty, subject and body)
        --label COLUMN      of the label (label)
        --encoding NAME     of the file (found out)
        --delimiter C       of a CSV (found out)
      """;

  private static final Set<String> VALUED =
      Set.of(
          "--from",
          "--since",
          "--limit",
          "--json",
          "--html",
          "--predictions",
          "--precision",
          "--text",
          "--label",
          "--encoding",
          "--delimiter");

  /** Also the bound of what is held in memory. */
  private static final int MOST = 1_000_000;

  private final Command command;
  private final Arguments arguments;
  private final ServiceEnvironment environment;

  private Compare(Command command, Map<String, String> environment) {
    this.command = command;
    this.environment = new ServiceEnvironment(environment);
    arguments = command.arguments();
  }

  public static void main(String[] words) {
    System.exit(run(List.of(words), System.getenv(), System.out, System.err));
  }

  /**
   * @return the exit status: 0 done, 2 something to be changed first
   */
  static int run(
      List<String> words, Map<String, String> environment, PrintStream out, PrintStream errors) {
    return Command.run(
        "compare",
        USAGE,
        2,
        Set.of(),
        VALUED,
        words,
        out,
        errors,
        command -> new Compare(command, environment).compare());
  }

  private void compare() throws IOException {
    TicketHistory history = history();
    if (history.tickets().isEmpty()) {
      throw new UnusableData(history.source() + ": there is nothing to compare by.");
    }
    // One after the other: both at once might not fit the memory.
    Read a = read(Path.of(arguments.free().get(0)), "A", history.tickets());
    Read b = read(Path.of(arguments.free().get(1)), "B", history.tickets());
    List<TwiceScored> rows = new ArrayList<>();
    for (int i = 0; i < history.tickets().size(); i++) {
      Past ticket = history.tickets().get(i);
      Optional<TwiceScored.Answer> byA = a.answers().get(i);
      Optional<TwiceScored.Answer> byB = b.answers().get(i);
      if (byA.isPresent() && byB.isPresent()) {
        rows.add(
            new TwiceScored(
                ticket.id(),
                ticket.text(),
                inWords(ticket.label(), List.of(a, b)),
                byA.get(),
                byB.get()));
      }
    }
    if (rows.size() < history.tickets().size()) {
      command
          .notes()
          .add(
              history.tickets().size()
                  - rows.size()
                  + " tickets that a model can't score: passed over.");
    }
    if (rows.isEmpty()) {
      throw new UnusableData("No ticket could be scored by both models.");
    }
    Comparison comparison =
        Comparison.of(a.side(), b.side(), history.source(), command.notes(), rows);
    command.print(ComparisonTable.of(comparison));
    command.write("--json", ComparisonJson.of(comparison).toPrettyString() + "\n");
    command.write("--html", ComparisonReport.html(comparison));
    command.writeLines("--predictions", rows.stream().map(ComparisonJson::row));
  }

  private TicketHistory history() {
    String from = arguments.last("--from").orElse("");
    int limit = limit();
    if (from.isEmpty()) {
      throw new Arguments.Misunderstood("--from is needed: topic, or a file.");
    }
    if (from.equals("topic")) {
      return TicketHistory.read(
          environment,
          arguments
              .last("--since")
              .map(text -> Since.parse(text, Instant.now()))
              .orElse(Since.ENOUGH),
          limit);
    }
    if (arguments.has("--since")) {
      throw new Arguments.Misunderstood("--since goes with --from topic.");
    }
    return file(Path.of(from), limit);
  }

  private int limit() {
    String limit = arguments.last("--limit").orElse("10000");
    if (!limit.matches("[1-9]\\d{0,6}") || Integer.parseInt(limit) > MOST) {
      throw new Arguments.Misunderstood("--limit is a number from 1 to " + MOST + ", not " + limit);
    }
    return Integer.parseInt(limit);
  }

  /** The label may be missing: then nobody says who is right about that ticket. */
  private TicketHistory file(Path file, int limit) {
    String label = arguments.last("--label").orElse(Columns.USUAL.label());
    LabelledTickets read =
        LabelledTickets.read(
            file,
            new Columns(
                arguments.last("--text").orElse(Columns.USUAL.text()),
                Columns.USUAL.subject(),
                Columns.USUAL.body(),
                ""),
            arguments.last("--encoding").orElse(""),
            arguments.last("--delimiter").orElse(""));
    command.passOver(read.bad(), "can't be read");
    List<Past> all =
        read.tickets().stream()
            .map(
                ticket ->
                    new Past("line " + ticket.line(), ticket.text(), ticket.fields().get(label)))
            .toList();
    return new TicketHistory(
        all.subList(Math.max(0, all.size() - limit), all.size()),
        read.source() + (all.size() > limit ? ", the last " + limit : ""));
  }

  /** All answers of one model. */
  private record Read(Comparison.Side side, List<Optional<TwiceScored.Answer>> answers) {}

  private Read read(Path directory, String name, List<Past> tickets) {
    try (TicketScorer scorer = TicketScorer.load(directory, command.precision())) {
      scorer.warmUp();
      ModelManifest manifest = scorer.manifest();
      KnownLabels labels = new KnownLabels(manifest);
      long began = System.nanoTime();
      List<Optional<TicketScorer.Raw>> raw =
          Reading.of(
              scorer,
              tickets.stream().map(Past::text).toList(),
              command.progress(name, tickets.size()));
      double seconds = (System.nanoTime() - began) / 1e9;
      List<Optional<TwiceScored.Answer>> answers = new ArrayList<>();
      List<Judged> judged = new ArrayList<>();
      for (int i = 0; i < tickets.size(); i++) {
        Past ticket = tickets.get(i);
        String label = ticket.label();
        OptionalInt truth = label == null ? OptionalInt.empty() : labels.index(label);
        Optional<TicketScorer.Raw> one = raw.get(i);
        answers.add(one.map(it -> answer(it, manifest, truth)));
        if (one.isPresent() && truth.isPresent()) {
          judged.add(Judged.of(ticket.text(), truth.getAsInt(), one.get(), manifest, Map.of()));
        }
      }
      @Nullable Evaluation evaluation =
          judged.isEmpty()
              ? null
              : Evaluation.of(judged, manifest.labels(), manifest.leastUrgentFirst());
      return new Read(new Comparison.Side(manifest, tickets.size() / seconds, evaluation), answers);
    }
  }

  private static @Nullable String inWords(@Nullable String label, List<Read> models) {
    if (label == null) {
      return null;
    }
    for (Read model : models) {
      ModelManifest manifest = model.side().manifest();
      OptionalInt index = new KnownLabels(manifest).index(label);
      if (index.isPresent()) {
        return manifest.priorities().get(index.getAsInt());
      }
    }
    return label;
  }

  private static TwiceScored.Answer answer(
      TicketScorer.Raw raw, ModelManifest manifest, OptionalInt truth) {
    Scaling scaling = manifest.scaling();
    double[] probabilities = scaling.probabilities(raw.logits());
    Decision.Decided decided = manifest.decision().decide(probabilities);
    return new TwiceScored.Answer(
        decided.review() ? Decision.REVIEW : manifest.priorities().get(decided.label()),
        manifest.priorities().get(decided.label()),
        manifest.leastUrgentFirst().indexOf(decided.label()),
        probabilities[decided.label()],
        truth.isPresent() ? truth.getAsInt() == decided.label() : null);
  }
}
