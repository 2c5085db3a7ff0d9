package tickets.scorer.evaluate;

import static tickets.scorer.evaluate.Html.figure;
import static tickets.scorer.evaluate.Html.interval;
import static tickets.scorer.evaluate.Html.percent;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import tickets.scorer.chart.Chart;
import tickets.scorer.chart.Matrix;
import tickets.scorer.chart.Plane;
import tickets.scorer.chart.Plane.Axis;
import tickets.scorer.chart.Plane.Point;
import tickets.scorer.evaluate.Html.Tile;
import tickets.scorer.model.ModelManifest;

/** Findings as one self-contained HTML page with charts. */
public final class Report {

  /** A picture of more would show nothing; the JSON has all of them. */
  private static final int MOST_CURVES = 7;

  private static final int MOST_ROWS_OF_MATRIX = 16;
  private static final int WORST_SLICES = 10;
  private static final int VALUES = 20;

  private final Findings findings;
  private final Evaluation evaluation;
  private final List<String> names;
  private final Html page;

  private Report(Findings findings) {
    this.findings = findings;
    evaluation = findings.evaluation();
    names = findings.manifest().priorities();
    page = new Html("Model report: " + findings.manifest().name());
  }

  /** The page, in UTF-8 once it is written. */
  public static String html(Findings findings) {
    return new Report(findings).write();
  }

  private String write() {
    summary();
    distribution();
    training();
    confusion();
    reliability();
    thresholds();
    ranking();
    costs();
    slices();
    mistakes();
    speed();
    method();
    return page.done();
  }

  private void summary() {
    ModelManifest manifest = findings.manifest();
    page.line(
        "Version "
            + manifest.version()
            + ", "
            + manifest.precision().toString().toLowerCase(Locale.ROOT)
            + ", digest "
            + manifest.digest()
            + ".");
    page.line("Judged on " + evaluation.n() + " labelled tickets: " + findings.data() + ".");
    findings.notes().forEach(page::note);
    List<Tile> tiles = new ArrayList<>();
    tiles.add(
        new Tile(
            "Accuracy", figure(evaluation.accuracy()), interval(evaluation.accuracyInterval())));
    tiles.add(
        new Tile("Macro-F1", figure(evaluation.macroF1()), interval(evaluation.macroF1Interval())));
    tiles.add(
        new Tile(
            "Mean absolute error", figure(evaluation.meanAbsoluteError()), "levels of urgency"));
    tiles.add(
        new Tile("Quadratic kappa", figure(evaluation.quadraticKappa()), "1: full agreement"));
    tiles.add(new Tile("Calibration error", figure(evaluation.ece()), "expected, 0 is best"));
    tiles.add(new Tile("ROC AUC", figure(evaluation.macroRocAuc()), "mean of labels"));
    tiles.add(
        new Tile(
            "Average precision", figure(evaluation.macroAveragePrecision()), "mean of labels"));
    if (evaluation.reviewed() > 0) {
      tiles.add(
          new Tile(
              "For people",
              percent((double) evaluation.reviewed() / evaluation.n()),
              "accuracy of the rest " + figure(evaluation.accuracyWithoutReviewed())));
    }
    page.tiles(tiles);
  }

  private void distribution() {
    page.heading("Labels");
    List<Chart.Bar> bars = new ArrayList<>();
    for (int label : evaluation.leastUrgentFirst()) {
      Evaluation.LabelScore score = evaluation.perLabel().get(label);
      bars.add(Chart.Bar.of(names.get(label) + ", by people", score.support()));
      bars.add(Chart.Bar.of(names.get(label) + ", by the model", score.chosen()));
    }
    if (bars.size() <= 2 * MOST_ROWS_OF_MATRIX) {
      page.charts(List.of(Chart.bars("Tickets by label", "", bars)));
    }
    List<List<String>> rows = new ArrayList<>();
    for (int label : evaluation.leastUrgentFirst()) {
      Evaluation.LabelScore score = evaluation.perLabel().get(label);
      rows.add(
          List.of(
              names.get(label),
              score.label(),
              Integer.toString(score.support()),
              Integer.toString(score.chosen()),
              figure(score.precision()),
              figure(score.recall()),
              figure(score.f1()),
              figure(score.ranking().rocAuc()),
              figure(score.ranking().averagePrecision())));
    }
    page.table(
        List.of(
            "Priority",
            "Label",
            "By people",
            "By the model",
            "Precision",
            "Recall",
            "F1",
            "ROC AUC",
            "Average precision"),
        rows);
  }

  private void training() {
    TrainingCurves curves = findings.curves();
    if (curves == null || (curves.steps().isEmpty() && curves.epochs().isEmpty())) {
      return;
    }
    page.heading("Training");
    List<Point> loss =
        curves.steps().stream().map(step -> new Point(step.step(), step.loss())).toList();
    List<Point> rate =
        curves.steps().stream().map(step -> new Point(step.step(), step.learningRate())).toList();
    List<Point> heldOut =
        curves.epochs().stream().map(epoch -> new Point(epoch.step(), epoch.loss())).toList();
    List<Point> f1 =
        curves.epochs().stream().map(epoch -> new Point(epoch.step(), epoch.macroF1())).toList();
    List<Point> losses = new ArrayList<>(loss);
    losses.addAll(heldOut);
    List<Point> all = new ArrayList<>(losses);
    all.addAll(f1);
    Axis steps = Axis.over("step", all, true);
    List<String> charts = new ArrayList<>();
    Plane lossPlane = new Plane("Loss", steps, Axis.over("loss", losses, false));
    if (!loss.isEmpty()) {
      lossPlane.curve("training", loss);
    }
    if (!heldOut.isEmpty()) {
      lossPlane.curve("validation", heldOut).dots("validation", heldOut);
    }
    charts.add(lossPlane.svg());
    if (!f1.isEmpty()) {
      charts.add(
          new Plane("Macro-F1 on validation data", steps, Axis.share("macro-F1"))
              .curve("macro-F1", f1)
              .dots("macro-F1", f1)
              .svg());
    }
    if (!rate.isEmpty()) {
      charts.add(
          new Plane("Learning rate", steps, Axis.over("rate", rate, false))
              .curve("learning rate", rate)
              .svg());
    }
    page.charts(charts);
  }

  private void confusion() {
    page.heading("What is taken for what");
    List<Integer> order = evaluation.leastUrgentFirst();
    if (order.size() > MOST_ROWS_OF_MATRIX) {
      page.note("Too many labels for a picture: the JSON has the counts.");
      return;
    }
    List<List<Integer>> counts =
        order.stream()
            .map(
                truth ->
                    order.stream()
                        .map(chosen -> evaluation.confusion().get(truth).get(chosen))
                        .toList())
            .toList();
    page.charts(
        List.of(
            Matrix.svg(
                "Confusion matrix",
                "by people",
                "by the model",
                order.stream().map(names::get).toList(),
                counts)));
  }

  private void reliability() {
    page.heading("Whether its probabilities can be trusted");
    Plane plane =
        new Plane(
                "Reliability of the most probable label",
                Axis.share("probability that the model gives"),
                Axis.share("share that is right"))
            .diagonal();
    List<Chart.Bar> counts = new ArrayList<>();
    List<Point> dots = new ArrayList<>();
    for (Reliability.Bin bin : evaluation.reliability().bins()) {
      if (bin.count() > 0) {
        Interval interval =
            Interval.wilson((int) Math.round(bin.accuracy() * bin.count()), bin.count());
        plane
            .bar("right", bin.from(), bin.to(), bin.accuracy())
            .whisker("mean of a bin, 95 %", bin.confidence(), interval.low(), interval.high());
        dots.add(new Point(bin.confidence(), bin.accuracy()));
        counts.add(
            Chart.Bar.of(
                String.format(Locale.ROOT, "%.2f to %.2f", bin.from(), bin.to()), bin.count()));
      }
    }
    page.charts(
        List.of(
            plane.dots("mean of a bin, 95 %", dots).svg(),
            Chart.bars("Tickets by that probability", "", counts)));
    page.note(
        "Dots on the dashed line: of tickets to which it gives 0.8, 8 in 10 are right. Above it the"
            + " model is too modest, below it too sure; where a line crosses it, that may be chance.");
    page.table(
        List.of("Calibration error", "Negative log likelihood", "Brier score"),
        List.of(
            List.of(
                figure(evaluation.ece()),
                figure(evaluation.negativeLogLikelihood()),
                figure(evaluation.brier()))));
    ScaleFit fit = findings.fit();
    if (fit != null) {
      page.line("Scaling fitted on " + fit.n() + " tickets. " + fit.reason());
      page.table(
          List.of("Negative log likelihood", "Unscaled", "Temperature", "Scale a label", "Chosen"),
          List.of(
              List.of(
                  "mean of a ticket",
                  figure(fit.before()),
                  figure(fit.withTemperature()),
                  figure(fit.withVector()),
                  figure(fit.after()))));
    }
  }

  /** Those with most tickets, the most urgent first. */
  private List<Integer> drawn() {
    List<Integer> most =
        IntStream.range(0, names.size())
            .boxed()
            .filter(label -> evaluation.perLabel().get(label).support() > 0)
            .sorted(Comparator.comparing(label -> -evaluation.perLabel().get(label).support()))
            .limit(MOST_CURVES)
            .sorted(Comparator.comparing(label -> -evaluation.leastUrgentFirst().indexOf(label)))
            .toList();
    return most;
  }

  private void thresholds() {
    page.heading("If a label were chosen from a threshold on");
    List<String> charts = new ArrayList<>();
    List<List<String>> rows = new ArrayList<>();
    for (int label : drawn()) {
      Evaluation.LabelScore score = evaluation.perLabel().get(label);
      List<Point> precision = new ArrayList<>();
      List<Point> recall = new ArrayList<>();
      List<Point> f1 = new ArrayList<>();
      Ranking.Point best = score.ranking().points().get(1);
      for (Ranking.Point point : score.ranking().points()) {
        if (point.alarms() > 0) {
          precision.add(new Point(point.threshold(), point.precision()));
          recall.add(new Point(point.threshold(), (double) point.hits() / score.support()));
          f1.add(new Point(point.threshold(), f1(point, score)));
          best = f1(point, score) > f1(best, score) ? point : best;
        }
      }
      charts.add(
          new Plane(
                  names.get(label) + " from this probability on",
                  Axis.share("threshold"),
                  Axis.share("share"))
              .curve("precision", precision)
              .curve("recall", recall)
              .curve("F1", f1)
              .mark("best F1", best.threshold())
              .svg());
      rows.add(
          List.of(
              names.get(label),
              figure(best.threshold()),
              figure(best.precision()),
              figure((double) best.hits() / score.support()),
              figure(f1(best, score))));
    }
    page.charts(charts);
    page.table(List.of("Best F1", "Threshold", "Precision", "Recall", "F1"), rows);
    page.note("Found on these tickets: on others such a threshold does a little worse.");
  }

  private static double f1(Ranking.Point point, Evaluation.LabelScore score) {
    return 2.0 * point.hits() / (point.alarms() + score.support());
  }

  private void ranking() {
    page.heading("Each label against all others");
    Plane roc =
        new Plane("ROC", Axis.share("false alarms: share of the others"), Axis.share("recall"))
            .diagonal();
    Plane pr = new Plane("Precision and recall", Axis.share("recall"), Axis.share("precision"));
    for (int label : drawn()) {
      Evaluation.LabelScore score = evaluation.perLabel().get(label);
      int others = evaluation.n() - score.support();
      List<Point> rocPoints = new ArrayList<>();
      List<Point> prPoints = new ArrayList<>();
      for (Ranking.Point point : score.ranking().points()) {
        double recall = (double) point.hits() / score.support();
        if (others > 0) {
          rocPoints.add(new Point((double) (point.alarms() - point.hits()) / others, recall));
        }
        prPoints.add(new Point(recall, point.precision()));
      }
      if (!rocPoints.isEmpty()) {
        roc.curve(names.get(label), rocPoints);
      }
      pr.curve(names.get(label), prPoints);
    }
    page.charts(List.of(roc.svg(), pr.svg()));
  }

  private void costs() {
    Costs costs = findings.costs();
    if (costs == null) {
      return;
    }
    page.heading("What its decisions cost");
    List<List<String>> rows = new ArrayList<>();
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
    page.table(
        List.of(
            "Decided by",
            "Cost a ticket",
            "Expected by the model",
            "Most urgent missed",
            "False alarms",
            "For people"),
        rows);
    List<List<String>> matrix = new ArrayList<>();
    for (int truth = 0; truth < names.size() && truth < MOST_ROWS_OF_MATRIX; truth++) {
      List<String> row = new ArrayList<>();
      row.add("truly " + names.get(truth));
      costs.matrix().get(truth).forEach(cost -> row.add(Chart.figure(cost)));
      matrix.add(row);
    }
    List<String> head = new ArrayList<>();
    head.add("Costs");
    names.forEach(name -> head.add("called " + name));
    page.table(head, matrix);
  }

  private void slices() {
    if (findings.slices().isEmpty()) {
      return;
    }
    page.heading("By language, by kind of desk, and the worst slices");
    List<String> head =
        List.of("", "Tickets", "Accuracy", "95 % interval", "Macro-F1", "Mean absolute error");
    findings
        .slices()
        .forEach(
            (field, slices) ->
                page.table(
                    IntStream.range(0, head.size())
                        .mapToObj(i -> i == 0 ? field : head.get(i))
                        .toList(),
                    slices.stream()
                        .limit(VALUES)
                        .map(slice -> row(slice.value(), slice))
                        .toList()));
    page.line("The worst, those first of which it is certain:");
    page.table(
        head,
        Slice.worst(findings.slices(), WORST_SLICES).stream()
            .map(slice -> row(slice.field() + ": " + slice.value(), slice))
            .toList());
    page.note(
        "The largest of each field. What has fewer than "
            + Slice.FEWEST
            + " tickets is none of the worst, and left out but for language and domain.");
  }

  private static List<String> row(String name, Slice slice) {
    return List.of(
        name,
        Integer.toString(slice.n()),
        figure(slice.accuracy()),
        interval(slice.interval()),
        figure(slice.macroF1()),
        figure(slice.meanAbsoluteError()));
  }

  private void mistakes() {
    if (findings.mistakes().isEmpty()) {
      return;
    }
    page.heading("Where it is sure and wrong");
    page.note("Some of these labels may be people's slips: they are worth a look, too.");
    page.table(
        List.of("By people", "By the model", "Probability", "Text"),
        findings.mistakes().stream()
            .map(
                row ->
                    List.of(
                        names.get(row.truth()),
                        names.get(row.chosen()),
                        figure(row.probabilities()[row.chosen()]),
                        row.text()))
            .toList(),
        3);
  }

  private void speed() {
    if (findings.speeds().isEmpty()) {
      return;
    }
    page.heading("How fast it is here");
    page.table(
        List.of(
            "Precision",
            "Tickets a second",
            "in batches of",
            "One alone, p50 (ms)",
            "p95 (ms)",
            "Same label",
            "Measured on"),
        findings.speeds().stream()
            .map(
                speed ->
                    List.of(
                        speed.precision(),
                        Chart.figure(speed.ticketsPerSecond()),
                        Integer.toString(speed.batch()),
                        Chart.figure(speed.p50Millis()),
                        Chart.figure(speed.p95Millis()),
                        percent(speed.sameLabel()),
                        speed.measured() + " tickets"))
            .toList());
    page.note("One thread on this machine, tokenising included.");
  }

  private void method() {
    page.heading("How these figures are made");
    page.note(
        "Macro-F1 is the mean of the labels' F1 over the labels that occur. Intervals hold with 95 %"
            + " certainty: Wilson's for accuracies, a bootstrap over the tickets for macro-F1."
            + " Levels are counted along the labels from the least to the most urgent. Calibration"
            + " error: the most probable label's probability against the share that is right, in "
            + Reliability.BINS
            + " bins of equal width, weighted with their tickets. ROC AUC and average precision are"
            + " one label's probability against all others.");
  }
}
