package tickets.scorer.finetune;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import tickets.scorer.finetune.FineTunePlan.ClassWeights;
import tickets.scorer.finetune.FineTunePlan.Training;
import tickets.scorer.model.TrainableBert.Lesson;

/**
 * The tickets to learn from, in steps. Tickets of a step are of about one length, so that little is
 * worked out for padding; which tickets meet, and in what order, is chance, and the same chance for
 * the same seed.
 */
final class Lessons {

  /** Steps' worth of tickets that are sorted by length together. */
  private static final int POOL = 40;

  private final IntFunction<List<int[]>> ofEpoch;
  private final int size;
  private final int[] labels;
  private final int labelCount;
  private final Training training;
  private final long seed;
  private final float[] classWeights;
  private List<int[]> sequences = List.of();

  /**
   * @param ofEpoch the tokens of each ticket in an epoch
   * @param labels of each ticket
   */
  Lessons(
      IntFunction<List<int[]>> ofEpoch,
      int[] labels,
      int labelCount,
      Training training,
      long seed) {
    this.ofEpoch = ofEpoch;
    this.size = labels.length;
    this.labels = labels;
    this.labelCount = labelCount;
    this.training = training;
    this.seed = seed;
    this.classWeights = classWeights(labels, labelCount, training.classWeights());
  }

  private static float[] classWeights(int[] labels, int count, ClassWeights wish) {
    float[] weights = new float[count];
    for (int label = 0; label < count; label++) {
      int is = label;
      long number = IntStream.of(labels).filter(other -> other == is).count();
      weights[label] =
          wish == ClassWeights.NONE || number == 0 ? 1 : (float) labels.length / (count * number);
    }
    return weights;
  }

  int stepsOfAnEpoch() {
    return (size + training.batch() - 1) / training.batch();
  }

  /** The steps of an epoch, which begins: indexes of tickets. */
  List<List<Integer>> epoch(int epoch) {
    sequences = ofEpoch.apply(epoch);
    Random random = new Random(seed * 31 + epoch);
    List<Integer> order = new ArrayList<>(IntStream.range(0, size).boxed().toList());
    Collections.shuffle(order, random);
    List<List<Integer>> steps = new ArrayList<>();
    int pool = POOL * training.batch();
    for (int from = 0; from < order.size(); from += pool) {
      List<Integer> some =
          new ArrayList<>(order.subList(from, Math.min(from + pool, order.size())));
      some.sort(Comparator.comparingInt(i -> sequences.get(i).length));
      for (int step = 0; step < some.size(); step += training.batch()) {
        steps.add(some.subList(step, Math.min(step + training.batch(), some.size())));
      }
    }
    Collections.shuffle(steps, random);
    return steps;
  }

  /** A step in the parts that are learnt from at once. */
  List<Lesson> parts(List<Integer> step) {
    List<Lesson> parts = new ArrayList<>();
    for (int from = 0; from < step.size(); from += training.part()) {
      List<Integer> part = step.subList(from, Math.min(from + training.part(), step.size()));
      float[][] targets = new float[part.size()][labelCount];
      float[] weights = new float[part.size()];
      float off = (float) (training.smoothing() / labelCount);
      for (int i = 0; i < targets.length; i++) {
        int label = labels[part.get(i)];
        java.util.Arrays.fill(targets[i], off);
        targets[i][label] += (float) (1 - training.smoothing());
        weights[i] = classWeights[label];
      }
      parts.add(new Lesson(part.stream().map(sequences::get).toList(), targets, weights));
    }
    return parts;
  }

  /** What the losses of a step are divided by. */
  double weight(List<Integer> step) {
    return step.stream().mapToDouble(i -> classWeights[labels[i]]).sum();
  }
}
