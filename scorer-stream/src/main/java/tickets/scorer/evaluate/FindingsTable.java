package tickets.scorer.evaluate;

import static tickets.scorer.evaluate.Html.figure;
import static tickets.scorer.evaluate.Html.interval;
import static tickets.scorer.evaluate.Html.percent;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tickets.scorer.chart.Chart;

/** Findings for a terminal, as plain text. */
public final class FindingsTable {
  private static final int MISTAKES = 8;
  private static final int VALUES = 6;
  private static final int WORST_SLICES = 5;

  private final Findings findings;
  private final Evaluation evaluation;
  private final List<String> names;
  private final StringBuilder text = new StringBuilder();

  private FindingsTable(Findings findings) {
    this.findings = findings;
    evaluation = findings.evaluation();
    names = findings.manifest().priorities();
  }

  public static String of(Findings findings) {
    return new FindingsTable(findings).write();
  }

  private String write() {
    line(
        "%s %s (%s) on %d labelled tickets: %s",
        findings.manifest().name(),
        findings.manifest().version(),
        findings.manifest().precision().toString().toLowerCase(Locale.ROOT),
        evaluation.n(),
        findings.data());
    findings.notes().forEach(note -> line("%s", note));
    line("");
    line(
        "accuracy %s (%s)   macro-F1 %s (%s)",
        figure(evaluation.accuracy()),
        interval(evaluation.accuracyInterval()),
        figure(evaluation.macroF1()),
        interval(evaluation.macroF1Interval()));
    line(
        "mean absolute error %s levels   quadratic kappa %s   calibration error %s",
        figure(evaluation.meanAbsoluteError()),
        figure(evaluation.quadraticKappa()),
        figure(evaluation.ece()));
    if (evaluation.reviewed() > 0) {
      line(
          "for people: %d (%s); accuracy of the rest %s",
          evaluation.reviewed(),
          percent((double) evaluation.reviewed() / evaluation.n()),
          figure(evaluation.accuracyWithoutReviewed()));
    }
    labels();
    confusion();
    slices();
    costs();
    fit();
    speeds();
    mistakes();
    return text.toString();
  }

  private void labels() {
    List<List<String>> rows = new ArrayList<>();
    rows.add(
        List.of("label", "by people", "by the model", "precision", "recall", "F1", "ROC", "PR"));
    for (int label : evaluation.leastUrgentFirst()) {
      Evaluation.LabelScore score = evaluation.perLabel().get(label);
      rows.add(
          List.of(
              names.get(label),
              Integer.toString(score.support()),
              Integer.toString(score.chosen()),
              figure(score.precision()),
              figure(score.recall()),
              figure(score.f1()),
              figure(score.ranking().rocAuc()),
              figure(score.ranking().averagePrecision())));
    }
    table(rows);
  }

  private void confusion() {
    List<List<String>> rows = new ArrayList<>();
    List<String> head = new ArrayList<>();
    head.add("people \\ model");
    evaluation.leastUrgentFirst().forEach(label -> head.add(names.get(label)));
    rows.add(head);
    for (int truth : evaluation.leastUrgentFirst()) {
      List<String> row = new ArrayList<>();
      row.add(names.get(truth));
      evaluation
          .leastUrgentFirst()
          .forEach(
              chosen -> row.add(Integer.toString(evaluation.confusion().get(truth).get(chosen))));
      rows.add(row);
    }
    table(rows);
  }

  private void slices() {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("slice", "tickets", "accuracy", "95 % interval", "macro-F1"));
    for (String field : findings.slices().keySet()) {
      if (Slice.isExpected(field)) {
        findings.slices().getOrDefault(field, List.of()).stream()
            .limit(VALUES)
            .forEach(slice -> rows.add(row(slice)));
      }
    }
    int known = rows.size();
    for (Slice slice : Slice.worst(findings.slices(), WORST_SLICES)) {
      List<String> row = row(slice);
      if (!rows.contains(row)) {
        rows.add(row);
      }
    }
    if (rows.size() > known) {
      rows.add(known, List.of("worst of the others", "", "", "", ""));
    }
    if (rows.size() > 1) {
      table(rows);
    }
  }

  private static List<String> row(Slice slice) {
    return List.of(
        slice.field() + " " + slice.value(),
        Integer.toString(slice.n()),
        figure(slice.accuracy()),
        interval(slice.interval()),
        figure(slice.macroF1()));
  }

  private void costs() {
    Costs costs = findings.costs();
    if (costs == null) {
      return;
    }
    List<List<String>> rows = new ArrayList<>();
    rows.add(
        List.of(
            "decided by",
            "cost a ticket",
            "expected",
            "most urgent missed",
            "false alarms",
            "for people"));
    for (Costs.Strategy strategy : costs.strategies()) {
      rows.add(
          List.of(
              strategy.name(),
              figure(strategy.cost()),
              figure(strategy.expected()),
              Integer.toString(strategy.missed()),
              Integer.toString(strategy.falseAlarms()),
              Integer.toString(strategy.reviewed())));
    }
    table(rows);
  }

  private void fit() {
    ScaleFit fit = findings.fit();
    if (fit == null) {
      return;
    }
    line("");
    line(
        "scaling fitted on %d tickets: negative log likelihood %.4f unscaled, %.4f with %s",
        fit.n(),
        fit.before(),
        fit.after(),
        fit.chosen().perLabel()
            ? "a scale for each label"
            : String.format(Locale.ROOT, "temperature %.3f", fit.chosen().temperature()));
    line("%s", fit.reason());
  }

  private void speeds() {
    if (findings.speeds().isEmpty()) {
      return;
    }
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("precision", "tickets/s", "batch", "alone p50 ms", "p95 ms", "same label"));
    for (Speed speed : findings.speeds()) {
      rows.add(
          List.of(
              speed.precision(),
              Chart.figure(speed.ticketsPerSecond()),
              Integer.toString(speed.batch()),
              Chart.figure(speed.p50Millis()),
              Chart.figure(speed.p95Millis()),
              percent(speed.sameLabel())));
    }
    table(rows);
  }

  private void mistakes() {
    if (findings.mistakes().isEmpty()) {
      return;
    }
    line("");
    line("sure and wrong:");
    for (Judged row : findings.mistakes().stream().limit(MISTAKES).toList()) {
      line(
          "  %s  %s, people say %s: %s",
          figure(row.probabilities()[row.chosen()]),
          names.get(row.chosen()),
          names.get(row.truth()),
          TextTable.oneLine(row.text()));
    }
  }

  private void table(List<List<String>> rows) {
    line("");
    text.append(TextTable.of(rows));
  }

  private void line(String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}
