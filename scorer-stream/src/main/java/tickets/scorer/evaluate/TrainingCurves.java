package tickets.scorer.evaluate;

import java.util.List;

/**
 * How a model was trained, for its report.
 *
 * @param steps in order; a long training may leave some out
 * @param epochs in order
 */
public record TrainingCurves(List<Step> steps, List<Epoch> epochs) {
  public TrainingCurves {
    steps = List.copyOf(steps);
    epochs = List.copyOf(epochs);
  }

  /**
   * @param step of the optimiser, from 1
   * @param loss on the batch trained on, smoothed or not
   */
  public record Step(int step, double loss, double learningRate) {}

  /**
   * @param epoch from 1
   * @param step the last of the epoch
   * @param macroF1 on the validation data after it
   * @param loss on the validation data after it
   */
  public record Epoch(int epoch, int step, double macroF1, double loss) {}
}
