package tickets.scorer.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tickets.scorer.finetune.FineTunePlan.ClassWeights;
import tickets.scorer.finetune.FineTunePlan.Number;
import tickets.scorer.finetune.FineTunePlan.Schedule;
import tickets.scorer.finetune.FineTunePlan.Training;
import tickets.scorer.model.TrainableBert.Lesson;

class LessonsTest {

  @Test
  void anEpochHasEveryTicketOnceAndAlikeLengthsTogether() {
    List<int[]> sequences = new ArrayList<>();
    int[] labels = new int[1_000];
    Random random = new Random(1);
    for (int i = 0; i < 1_000; i++) {
      sequences.add(new int[2 + random.nextInt(250)]);
      labels[i] = i % 4;
    }
    Lessons lessons = new Lessons(epoch -> sequences, labels, 4, training(Schedule.LINEAR), 9);

    List<List<Integer>> epoch = lessons.epoch(0);

    assertThat(epoch).hasSize(lessons.stepsOfAnEpoch());
    assertThat(epoch.stream().flatMap(List::stream)).hasSize(1_000).doesNotHaveDuplicates();
    long padded =
        epoch.stream()
            .mapToLong(
                step ->
                    (long) step.size()
                        * step.stream().mapToInt(i -> sequences.get(i).length).max().orElse(0))
            .sum();
    long tokens = sequences.stream().mapToLong(sequence -> sequence.length).sum();
    assertThat(padded).isLessThan(tokens * 11 / 10);
    assertThat(lessons.epoch(0)).isEqualTo(epoch);
    assertThat(lessons.epoch(1)).isNotEqualTo(epoch);
  }

  @Test
  void smoothingAndClassWeights() {
    List<int[]> sequences = List.of(new int[2], new int[2], new int[2], new int[2]);
    Training training = training(Schedule.LINEAR);
    Lessons lessons = new Lessons(epoch -> sequences, new int[] {0, 0, 0, 1}, 2, training, 1);

    lessons.epoch(0);
    Lesson part = lessons.parts(List.of(0, 3)).get(0);

    // 4 tickets, 2 labels: 4 / (2 * 3) and 4 / (2 * 1).
    assertThat(part.weights()).containsExactly(2 / 3f, 2f);
    assertThat(part.targets()[0]).containsExactly(0.95f, 0.05f);
    assertThat(part.targets()[1]).containsExactly(0.05f, 0.95f);
    assertThat(lessons.weight(List.of(0, 3))).isCloseTo(2 + 2 / 3.0, within(1e-6));
  }

  @Test
  void schedules() {
    LearningRate linear = new LearningRate(training(Schedule.LINEAR), 100);
    assertThat(linear.at(0)).isCloseTo(1.0 / 11, within(1e-9));
    assertThat(linear.at(9)).isCloseTo(10.0 / 11, within(1e-9));
    assertThat(linear.at(10)).isEqualTo(1);
    assertThat(linear.at(55)).isCloseTo(0.5, within(1e-9));
    assertThat(linear.at(100)).isZero();
    LearningRate cosine = new LearningRate(training(Schedule.COSINE), 100);
    assertThat(cosine.at(55)).isCloseTo(0.5, within(1e-9));
    assertThat(cosine.at(32)).isGreaterThan(linear.at(32));
    assertThat(new LearningRate(training(Schedule.CONSTANT), 100).at(99)).isEqualTo(1);
  }

  private static Training training(Schedule schedule) {
    return new Training(
        3,
        32,
        16,
        1,
        schedule,
        0.1,
        0,
        1,
        0,
        ClassWeights.BALANCED,
        0,
        0.1,
        0,
        0,
        Duration.ZERO,
        Number.FP32,
        1);
  }
}
