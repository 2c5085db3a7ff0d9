package tickets.scorer.evaluate;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tickets.scorer.model.ModelManifest;

/**
 * All that is found out about a model on labelled tickets: what the terminal's table, the JSON and
 * the HTML report are made of.
 *
 * @param data what it was judged on, for people: a file's name, say
 * @param notes what a reader has to know beside: rows that were passed over, say
 * @param slices by field
 * @param mistakes the most confident ones first
 * @param costs null unless the model decides by costs
 * @param fit null unless a scaling was fitted on these tickets
 * @param speeds none if they were not measured
 * @param curves null unless the model was trained just now
 */
public record Findings(
    ModelManifest manifest,
    String data,
    List<String> notes,
    List<Judged> rows,
    Evaluation evaluation,
    Map<String, List<Slice>> slices,
    List<Judged> mistakes,
    @Nullable Costs costs,
    @Nullable ScaleFit fit,
    List<Speed> speeds,
    @Nullable TrainingCurves curves) {

  private static final int MOST_MISTAKES = 25;

  public Findings {
    notes = List.copyOf(notes);
    rows = List.copyOf(rows);
    mistakes = List.copyOf(mistakes);
    speeds = List.copyOf(speeds);
  }

  /**
   * @param rows as this model's scaling and decision have them
   * @throws IllegalArgumentException without rows
   */
  public static Findings of(ModelManifest manifest, String data, List<Judged> rows) {
    List<Integer> order = manifest.leastUrgentFirst();
    return new Findings(
        manifest,
        data,
        List.of(),
        rows,
        Evaluation.of(rows, manifest.labels(), order),
        Slice.byField(rows, order),
        mistakes(rows),
        Costs.of(rows, manifest.decision(), manifest.priorities(), order.get(order.size() - 1)),
        null,
        List.of(),
        null);
  }

  private static List<Judged> mistakes(List<Judged> rows) {
    List<Judged> wrong = new ArrayList<>(rows);
    wrong.removeIf(Judged::right);
    wrong.sort(Comparator.comparingDouble(row -> -row.probabilities()[row.chosen()]));
    return wrong.subList(0, Math.min(MOST_MISTAKES, wrong.size()));
  }

  public Findings withNotes(List<String> others) {
    return new Findings(
        manifest, data, others, rows, evaluation, slices, mistakes, costs, fit, speeds, curves);
  }

  public Findings withFit(ScaleFit other) {
    return new Findings(
        manifest, data, notes, rows, evaluation, slices, mistakes, costs, other, speeds, curves);
  }

  public Findings withSpeeds(List<Speed> others) {
    return new Findings(
        manifest, data, notes, rows, evaluation, slices, mistakes, costs, fit, others, curves);
  }

  public Findings withCurves(TrainingCurves others) {
    return new Findings(
        manifest, data, notes, rows, evaluation, slices, mistakes, costs, fit, speeds, others);
  }
}
