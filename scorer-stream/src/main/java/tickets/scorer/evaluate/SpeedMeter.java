package tickets.scorer.evaluate;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import tickets.scorer.model.ModelManifest;
import tickets.scorer.model.Precision;
import tickets.scorer.model.TicketScorer;
import tickets.scorer.model.UnusableModel;

/** Measures one thread's rate and latency in each precision that this machine can run. */
final class SpeedMeter {
  private static final int BATCH = 64;
  private static final int MOST_IN_BATCHES = 512;
  private static final int MOST_ALONE = 64;

  private SpeedMeter() {}

  /**
   * @param manifest whose scaling and decision are taken
   * @param rows what the precision that was evaluated made of the tickets
   * @param told of each precision that can't be run here, and why
   */
  static List<Speed> measure(
      Path model, ModelManifest manifest, List<Judged> rows, Consumer<String> told) {
    // Spread over the file: its beginning may be of one kind.
    List<Judged> some = new ArrayList<>();
    int count = Math.min(MOST_IN_BATCHES, rows.size());
    for (int i = 0; i < count; i++) {
      some.add(rows.get((int) ((long) i * rows.size() / count)));
    }
    List<Speed> speeds = new ArrayList<>();
    for (Precision precision : List.of(Precision.FP32, Precision.BF16, Precision.INT8)) {
      String name = precision.toString().toLowerCase(Locale.ROOT);
      try (TicketScorer scorer = TicketScorer.load(model, precision)) {
        speeds.add(measure(scorer, manifest, name, some));
      } catch (UnusableModel e) {
        told.accept(name + " was not measured: " + e.getMessage());
      }
    }
    return speeds;
  }

  private static Speed measure(
      TicketScorer scorer, ModelManifest manifest, String name, List<Judged> rows) {
    scorer.warmUp();
    List<String> texts = rows.stream().map(Judged::text).toList();
    int same = 0;
    long began = System.nanoTime();
    for (int from = 0; from < texts.size(); from += BATCH) {
      int to = Math.min(texts.size(), from + BATCH);
      List<Optional<TicketScorer.Raw>> raw = scorer.raw(texts.subList(from, to));
      for (int i = from; i < to; i++) {
        Judged row = rows.get(i);
        boolean alike =
            raw.get(i - from).filter(one -> label(one, manifest) == row.chosen()).isPresent();
        same += alike ? 1 : 0;
      }
    }
    double seconds = (System.nanoTime() - began) / 1e9;
    double[] alone = new double[Math.min(MOST_ALONE, texts.size())];
    for (int i = 0; i < alone.length; i++) {
      long start = System.nanoTime();
      scorer.score(List.of(texts.get(i * texts.size() / alone.length)));
      alone[i] = (System.nanoTime() - start) / 1e6;
    }
    Arrays.sort(alone);
    return new Speed(
        name,
        texts.size() / seconds,
        Math.min(BATCH, texts.size()),
        alone[(alone.length - 1) / 2],
        alone[(int) Math.ceil(0.95 * alone.length) - 1],
        texts.size(),
        (double) same / texts.size());
  }

  private static int label(TicketScorer.Raw raw, ModelManifest manifest) {
    return manifest.decision().decide(manifest.scaling().probabilities(raw.logits())).label();
  }
}
