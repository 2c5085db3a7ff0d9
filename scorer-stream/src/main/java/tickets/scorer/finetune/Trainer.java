package tickets.scorer.finetune;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tickets.scorer.finetune.FineTunePlan.Training;
import tickets.scorer.finetune.TrainingState.Epoch;
import tickets.scorer.finetune.TrainingState.Step;
import tickets.scorer.model.TrainableBert;
import tickets.scorer.model.TrainableBert.Lesson;

/**
 * Learns epoch by epoch, keeps the weights that did best on the validation tickets, and leaves
 * checkpoints from which a run that was stopped, however, goes on as if it had not been.
 */
final class Trainer {

  private static final String BEST = "best.safetensors";

  /** Points of the loss curve of one epoch. */
  private static final int POINTS = 40;

  private final TrainableBert model;
  private final Lessons lessons;
  private final Validation validation;
  private final Training training;
  private final Path directory;
  private final TrainingProgress progress;
  private TrainingState state;

  /**
   * The tickets to judge by.
   *
   * @param sequences tokens of each
   * @param labels of each
   */
  record Validation(List<int[]> sequences, int[] labels, int labelCount) {}

  /**
   * @param directory of the checkpoints
   * @param state where to begin
   */
  Trainer(
      TrainableBert model,
      Lessons lessons,
      Validation validation,
      Training training,
      Path directory,
      TrainingState state,
      TrainingProgress progress) {
    this.model = model;
    this.lessons = lessons;
    this.validation = validation;
    this.training = training;
    this.directory = directory;
    this.state = state;
    this.progress = progress;
  }

  /**
   * @param baseCounts whether the base itself has these labels: then the result is the base, if
   *     nothing that is learnt does better
   * @return the training's course; the model has its best weights afterwards
   */
  TrainingState train(boolean baseCounts) throws IOException {
    if (!state.checkpoint().isEmpty()) {
      model.resume(directory.resolve(state.checkpoint()), true);
      progress.say(
          "Goes on in epoch " + (state.epoch() + 1) + " after step " + state.stepsDone() + ".");
    } else if (baseCounts) {
      judge(0, Double.NaN, 0);
    }
    LearningRate rate = new LearningRate(training, training.epochs() * lessons.stepsOfAnEpoch());
    for (int epoch = state.epoch(); epoch < training.epochs(); epoch++) {
      learnEpoch(epoch, rate);
      int without = epoch + 1 - Math.max(0, state.bestEpoch());
      if (training.patience() > 0
          && without >= training.patience()
          && epoch + 1 < training.epochs()) {
        progress.say("No better for " + without + " epochs: it stops here.");
        break;
      }
    }
    model.resume(directory.resolve(BEST), false);
    return state;
  }

  private void learnEpoch(int epoch, LearningRate rate) throws IOException {
    List<List<Integer>> steps = lessons.epoch(epoch);
    long began = System.nanoTime();
    long lastKept = began;
    double losses = 0;
    int counted = 0;
    double all = 0;
    int learnt = 0;
    int every = Math.max(1, steps.size() / POINTS);
    List<Step> curve = new ArrayList<>(state.steps());
    for (int i = state.stepsDone(); i < steps.size(); i++) {
      int number = epoch * steps.size() + i;
      double loss = learn(steps.get(i), rate.at(number));
      progress.learnt(steps.get(i).size(), loss, epoch + 1, training.epochs());
      losses += loss;
      all += loss;
      learnt++;
      counted++;
      if ((i + 1) % every == 0) {
        curve.add(new Step(number + 1, losses / counted, rate.at(number)));
        losses = 0;
        counted = 0;
      }
      long now = System.nanoTime();
      if (now - lastKept > training.checkpointEvery().toNanos() && i + 1 < steps.size()) {
        keep(epoch, i + 1, (now - lastKept) / 1e9, curve);
        lastKept = now;
      }
    }
    double seconds = (System.nanoTime() - lastKept) / 1e9;
    keep(epoch, steps.size(), seconds, curve);
    judge(epoch + 1, all / Math.max(1, learnt), (System.nanoTime() - began) / 1e9);
    // The next epoch begins; its checkpoint is this one.
    state =
        new TrainingState(
            state.key(),
            state.checkpoint(),
            epoch + 1,
            0,
            state.bestEpoch(),
            state.bestF1(),
            state.seconds(),
            state.steps(),
            state.epochs());
    state.write(directory);
  }

  private double learn(List<Integer> step, double learningRate) {
    double loss = 0;
    double weight = lessons.weight(step);
    for (Lesson part : lessons.parts(step)) {
      loss += model.learn(part, weight, training.focus());
    }
    if (Double.isNaN(model.step(learningRate))) {
      progress.say("A step's gradient was no number: it was left out.");
    }
    return loss;
  }

  /** Looks how good the model is now, and keeps it if it is the best so far. */
  private void judge(int epoch, double trainLoss, double seconds) throws IOException {
    Judgement now = Judgement.of(model.logits(validation.sequences()), validation);
    boolean best = now.macroF1() > state.bestF1();
    List<Epoch> epochs = new ArrayList<>(state.epochs());
    epochs.add(new Epoch(epoch, trainLoss, now.loss(), now.macroF1()));
    if (best) {
      model.checkpoint(directory.resolve(BEST), false);
    }
    state =
        new TrainingState(
            state.key(),
            state.checkpoint(),
            state.epoch(),
            state.stepsDone(),
            best ? epoch : state.bestEpoch(),
            best ? now.macroF1() : state.bestF1(),
            state.seconds(),
            state.steps(),
            epochs);
    progress.say(
        String.format(
            Locale.ROOT,
            "%s: %svalidation loss %.4f, macro-F1 %.4f%s%s",
            epoch == 0 ? "The base" : "epoch " + epoch,
            Double.isNaN(trainLoss) ? "" : String.format(Locale.ROOT, "loss %.4f, ", trainLoss),
            now.loss(),
            now.macroF1(),
            best ? ", the best so far" : "",
            seconds > 0
                ? ", " + TrainingProgress.inWords(Duration.ofSeconds((long) seconds))
                : ""));
  }

  private void keep(int epoch, int stepsDone, double seconds, List<Step> curve) throws IOException {
    String before = state.checkpoint();
    String name = "checkpoint-" + (epoch + 1) + "-" + stepsDone + ".safetensors";
    model.checkpoint(directory.resolve(name), true);
    state =
        new TrainingState(
            state.key(),
            name,
            epoch,
            stepsDone,
            state.bestEpoch(),
            state.bestF1(),
            state.seconds() + seconds,
            curve,
            state.epochs());
    state.write(directory);
    if (!before.equals(name) && !before.isEmpty()) {
      Files.deleteIfExists(directory.resolve(before));
    }
  }

  /** Checkpoints are large, and of no use once the model is written. */
  static void clean(Path directory) throws IOException {
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(directory, "*.{safetensors,part}")) {
      for (Path file : files) {
        Files.delete(file);
      }
    }
  }
}
