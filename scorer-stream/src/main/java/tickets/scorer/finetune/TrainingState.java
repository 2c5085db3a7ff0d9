package tickets.scorer.finetune;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tickets.contract.EventJson;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * How far a training is, kept beside its checkpoint so that it goes on after a stop.
 *
 * @param key of all that it depends on: configuration, data, base
 * @param checkpoint file of the weights and what the optimiser remembers
 * @param epoch the one that is going on, from 0
 * @param stepsDone of that epoch
 * @param bestEpoch whose weights were the best so far, from 1; 0: the base's, -1: none yet
 * @param bestF1 their macro-F1 on the validation tickets
 * @param seconds that training took so far
 */
record TrainingState(
    String key,
    String checkpoint,
    int epoch,
    int stepsDone,
    int bestEpoch,
    double bestF1,
    double seconds,
    List<Step> steps,
    List<Epoch> epochs) {

  /** A point of the training curve: mean loss since the one before. */
  record Step(int step, double loss, double learningRate) {}

  /** What an epoch came to. */
  record Epoch(int epoch, double trainLoss, double validationLoss, double macroF1) {}

  static final String FILE = "state.json";

  TrainingState {
    steps = List.copyOf(steps);
    epochs = List.copyOf(epochs);
  }

  static TrainingState begin(String key) {
    return new TrainingState(key, "", 0, 0, -1, Double.NEGATIVE_INFINITY, 0, List.of(), List.of());
  }

  void write(Path directory) throws IOException {
    ObjectNode json = EventJson.mapper().createObjectNode();
    json.put("key", key)
        .put("checkpoint", checkpoint)
        .put("epoch", epoch)
        .put("steps_done", stepsDone)
        .put("best_epoch", bestEpoch)
        .put("best_f1", bestEpoch < 0 ? 0 : bestF1)
        .put("seconds", seconds);
    ArrayNode curve = json.putArray("steps");
    steps.forEach(
        step -> curve.addArray().add(step.step()).add(step.loss()).add(step.learningRate()));
    ArrayNode judged = json.putArray("epochs");
    epochs.forEach(
        one ->
            judged
                .addArray()
                .add(one.epoch())
                .add(one.trainLoss())
                .add(one.validationLoss())
                .add(one.macroF1()));
    Path part = directory.resolve(FILE + ".part");
    Files.writeString(part, EventJson.mapper().writeValueAsString(json), StandardCharsets.UTF_8);
    Files.move(
        part,
        directory.resolve(FILE),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }

  /** What an earlier run left; null if none did. */
  static @Nullable TrainingState read(Path directory) {
    Path file = directory.resolve(FILE);
    if (!Files.exists(file)) {
      return null;
    }
    try {
      JsonNode json = EventJson.mapper().readTree(Files.readAllBytes(file));
      List<Step> steps = new ArrayList<>();
      for (JsonNode step : json.path("steps")) {
        steps.add(new Step(step.path(0).asInt(), number(step.path(1)), step.path(2).asDouble()));
      }
      List<Epoch> epochs = new ArrayList<>();
      for (JsonNode one : json.path("epochs")) {
        epochs.add(
            new Epoch(
                one.path(0).asInt(),
                number(one.path(1)),
                number(one.path(2)),
                one.path(3).asDouble()));
      }
      int bestEpoch = json.path("best_epoch").asInt();
      return new TrainingState(
          json.path("key").asString(),
          json.path("checkpoint").asString(),
          json.path("epoch").asInt(),
          json.path("steps_done").asInt(),
          bestEpoch,
          bestEpoch < 0 ? Double.NEGATIVE_INFINITY : json.path("best_f1").asDouble(),
          json.path("seconds").asDouble(),
          steps,
          epochs);
    } catch (JacksonException | IOException e) {
      throw new UnusablePlan(
          file + " cannot be read. Begin again with --fresh. " + e.getMessage(), e);
    }
  }

  /** NaN is written as a text. */
  private static double number(JsonNode node) {
    return node.isNumber() ? node.doubleValue() : Double.NaN;
  }
}
