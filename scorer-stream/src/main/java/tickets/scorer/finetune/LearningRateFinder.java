package tickets.scorer.finetune;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import tickets.scorer.finetune.FineTunePlan.Training;
import tickets.scorer.model.TrainableBert;
import tickets.scorer.model.TrainableBert.Lesson;

/**
 * Tries learning rates from tiny to far too large, one a step, and looks where the loss falls
 * fastest and where it breaks out (Smith, Cyclical Learning Rates, 2017).
 */
final class LearningRateFinder {
  private static final double LEAST = 1e-7;
  private static final double MOST = 3e-2;
  private static final int STEPS = 100;

  /** Weight of the newest loss in the smoothed one. */
  private static final double NEWEST = 0.1;

  /** The loss at which it has broken out, to its least. */
  private static final double BROKEN_OUT = 2;

  private LearningRateFinder() {}

  /** A rate, and the smoothed loss there. */
  record Tried(double rate, double loss) {}

  /** Leaves the model spoilt. */
  static List<Tried> tries(
      TrainableBert model, Lessons lessons, Training training, Consumer<String> progress) {
    List<Tried> tries = new ArrayList<>();
    double smooth = 0;
    double least = Double.POSITIVE_INFINITY;
    List<List<Integer>> steps = new ArrayList<>();
    for (int epoch = 0; steps.size() < STEPS; epoch++) {
      steps.addAll(lessons.epoch(epoch));
    }
    for (int i = 0; i < STEPS; i++) {
      double rate = LEAST * Math.pow(MOST / LEAST, (double) i / (STEPS - 1));
      double loss = 0;
      double weight = lessons.weight(steps.get(i));
      for (Lesson part : lessons.parts(steps.get(i))) {
        loss += model.learn(part, weight, training.focus());
      }
      smooth += NEWEST * (loss - smooth);
      // The first losses would be drawn to 0 otherwise.
      double unbiased = smooth / (1 - Math.pow(1 - NEWEST, i + 1));
      tries.add(new Tried(rate, unbiased));
      least = Math.min(least, unbiased);
      if (i % 10 == 9) {
        progress.accept(
            String.format(Locale.ROOT, "learning rate %.1e: loss %.4f", rate, unbiased));
      }
      if (Double.isNaN(model.step(rate)) || unbiased > BROKEN_OUT * least) {
        break;
      }
    }
    return tries;
  }

  /** A third of the rate with the least loss: the edge itself is too near to breaking out. */
  static double suggestion(List<Tried> tries) {
    Tried best = tries.get(0);
    for (Tried tried : tries) {
      if (tried.loss() < best.loss()) {
        best = tried;
      }
    }
    return best.rate() / 3;
  }
}
