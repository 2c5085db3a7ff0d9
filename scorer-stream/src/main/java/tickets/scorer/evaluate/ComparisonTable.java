package tickets.scorer.evaluate;

import static tickets.scorer.evaluate.Html.figure;
import static tickets.scorer.evaluate.Html.interval;
import static tickets.scorer.evaluate.Html.percent;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tickets.scorer.chart.Chart;

/** A comparison for a terminal, as plain text. */
final class ComparisonTable {
  private static final int MOVES = 12;
  private static final int BIGGEST = 10;

  private ComparisonTable() {}

  static String of(Comparison comparison) {
    StringBuilder text = new StringBuilder();
    line(text, "A  %s", name(comparison.a()));
    line(text, "B  %s", name(comparison.b()));
    line(text, "on %d tickets: %s", comparison.rows().size(), comparison.data());
    comparison.notes().forEach(note -> line(text, "%s", note));
    line(text, "");
    line(text, "%s", moved(comparison));
    if (!comparison.moves().isEmpty()) {
      List<List<String>> rows = new ArrayList<>();
      rows.add(List.of("from A to B", "tickets", "of all"));
      for (Comparison.Move move : comparison.moves().stream().limit(MOVES).toList()) {
        rows.add(move(move, comparison));
      }
      line(text, "");
      text.append(TextTable.of(rows));
    }
    Comparison.Verdict verdict = comparison.verdict();
    line(text, "");
    if (verdict == null) {
      line(text, "%s", comparison.whyNoVerdict());
    } else {
      line(text, "%s", verdict(verdict));
      line(text, "");
      text.append(TextTable.of(sides(comparison)));
    }
    if (!comparison.biggest().isEmpty()) {
      line(text, "");
      line(text, "biggest moves:");
      for (TwiceScored row : comparison.biggest().stream().limit(BIGGEST).toList()) {
        line(
            text,
            "  %s (%s) → %s (%s)%s: %s",
            row.a().inWords(),
            figure(row.a().probability()),
            row.b().inWords(),
            figure(row.b().probability()),
            row.label() == null ? "" : ", people say " + row.label(),
            TextTable.oneLine(row.text()));
      }
    }
    return text.toString();
  }

  static String name(Comparison.Side side) {
    return String.format(
        Locale.ROOT,
        "%s %s (%s, digest %s…), %s tickets/s here",
        side.manifest().name(),
        side.manifest().version(),
        side.manifest().precision().toString().toLowerCase(Locale.ROOT),
        side.manifest().digest().substring(0, 8),
        Chart.figure(side.ticketsPerSecond()));
  }

  static String moved(Comparison comparison) {
    int all = comparison.rows().size();
    return String.format(
        Locale.ROOT,
        "%d of %d tickets would get another priority (%s)%s%s.",
        comparison.moved(),
        all,
        percent((double) comparison.moved() / all),
        comparison.sameLevels()
            ? String.format(
                Locale.ROOT,
                ": %d a more urgent label, %d a less urgent one",
                comparison.up(),
                comparison.down())
            : "",
        comparison.toReview() == 0
            ? ""
            : String.format(Locale.ROOT, "; people would look at %+d", comparison.toReview()));
  }

  static List<String> move(Comparison.Move move, Comparison comparison) {
    return List.of(
        move.from() + " → " + move.to(),
        Integer.toString(move.tickets()),
        percent((double) move.tickets() / comparison.rows().size()));
  }

  static String verdict(Comparison.Verdict verdict) {
    return String.format(
        Locale.ROOT,
        "People's labels on %d tickets: both right %d, only A %d, only B %d, neither %d. Two equally"
            + " good models would differ so much with probability %s%s.",
        verdict.judged(),
        verdict.both(),
        verdict.onlyA(),
        verdict.onlyB(),
        verdict.neither(),
        figure(verdict.chance()),
        verdict.chance() < 0.05 ? "" : ": this may be chance");
  }

  /** Head, then a row a model; empty figures where there are no labels. */
  static List<List<String>> sides(Comparison comparison) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(
        List.of(
            "by people's labels",
            "accuracy",
            "95 % interval",
            "macro-F1",
            "mean absolute error",
            "calibration error"));
    for (Comparison.Side side : List.of(comparison.a(), comparison.b())) {
      Evaluation evaluation = side.evaluation();
      if (evaluation != null) {
        rows.add(
            List.of(
                side == comparison.a() ? "A" : "B",
                figure(evaluation.accuracy()),
                interval(evaluation.accuracyInterval()),
                figure(evaluation.macroF1()),
                figure(evaluation.meanAbsoluteError()),
                figure(evaluation.ece())));
      }
    }
    return rows;
  }

  private static void line(StringBuilder text, String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}
