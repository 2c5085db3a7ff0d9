package tickets.scorer.evaluate;

import static tickets.scorer.evaluate.Html.figure;
import static tickets.scorer.evaluate.Html.percent;

import java.util.ArrayList;
import java.util.List;
import tickets.scorer.chart.Chart;
import tickets.scorer.chart.Matrix;
import tickets.scorer.evaluate.Html.Tile;

/** A comparison as one self-contained HTML page. */
final class ComparisonReport {
  private static final int MOST_ROWS_OF_MATRIX = 16;

  private ComparisonReport() {}

  static String html(Comparison comparison) {
    Html page =
        new Html(
            "Two models: "
                + comparison.a().manifest().name()
                + " "
                + comparison.a().manifest().version()
                + " and "
                + comparison.b().manifest().name()
                + " "
                + comparison.b().manifest().version());
    page.line("A is " + ComparisonTable.name(comparison.a()) + ".");
    page.line("B is " + ComparisonTable.name(comparison.b()) + ".");
    page.line("Both scored " + comparison.rows().size() + " tickets: " + comparison.data() + ".");
    comparison.notes().forEach(page::note);
    tiles(page, comparison);
    moves(page, comparison);
    labels(page, comparison);
    biggest(page, comparison);
    return page.done();
  }

  private static void tiles(Html page, Comparison comparison) {
    List<Tile> tiles = new ArrayList<>();
    tiles.add(
        new Tile(
            "Another priority",
            percent((double) comparison.moved() / comparison.rows().size()),
            comparison.moved() + " tickets"));
    if (comparison.sameLevels()) {
      tiles.add(new Tile("More urgent", Integer.toString(comparison.up()), "tickets"));
      tiles.add(new Tile("Less urgent", Integer.toString(comparison.down()), "tickets"));
    }
    Comparison.Verdict verdict = comparison.verdict();
    if (verdict != null) {
      tiles.add(
          new Tile("Only A is right", Integer.toString(verdict.onlyA()), "of " + verdict.judged()));
      tiles.add(
          new Tile("Only B is right", Integer.toString(verdict.onlyB()), "of " + verdict.judged()));
    }
    page.tiles(tiles);
  }

  private static void moves(Html page, Comparison comparison) {
    page.heading("What would move");
    page.line(ComparisonTable.moved(comparison));
    if (comparison.priorities().size() <= MOST_ROWS_OF_MATRIX) {
      List<Chart.Bar> bars = new ArrayList<>();
      for (String priority : comparison.priorities()) {
        bars.add(
            Chart.Bar.of(
                priority + ", by A",
                comparison.rows().stream()
                    .filter(row -> row.a().priority().equals(priority))
                    .count()));
        bars.add(
            Chart.Bar.of(
                priority + ", by B",
                comparison.rows().stream()
                    .filter(row -> row.b().priority().equals(priority))
                    .count()));
      }
      page.charts(
          List.of(
              Matrix.svg(
                  "From A to B", "by A", "by B", comparison.priorities(), comparison.matrix()),
              Chart.bars("Tickets by priority", "", bars)));
    }
    page.table(
        List.of("From A to B", "Tickets", "Of all"),
        comparison.moves().stream().map(move -> ComparisonTable.move(move, comparison)).toList());
  }

  private static void labels(Html page, Comparison comparison) {
    page.heading("Who is right");
    Comparison.Verdict verdict = comparison.verdict();
    if (verdict == null) {
      page.line(comparison.whyNoVerdict());
      return;
    }
    page.line(ComparisonTable.verdict(verdict));
    List<List<String>> rows = ComparisonTable.sides(comparison);
    page.table(rows.get(0), rows.subList(1, rows.size()));
    page.note(
        "The probability is that of an exact sign test on the tickets that only one model has"
            + " right.");
  }

  private static void biggest(Html page, Comparison comparison) {
    if (comparison.biggest().isEmpty()) {
      return;
    }
    page.heading("The biggest moves");
    page.table(
        List.of("A", "", "B", "", "People", "Text"),
        comparison.biggest().stream()
            .map(
                row ->
                    List.of(
                        row.a().inWords(),
                        figure(row.a().probability()),
                        row.b().inWords(),
                        figure(row.b().probability()),
                        row.label() == null ? "–" : row.label(),
                        row.text()))
            .toList(),
        5);
  }
}
