package tickets.scorer.model;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tickets.contract.EventJson;
import tools.jackson.databind.JsonNode;

/** The model in {@code models/}, and what Hugging Face transformers made of forty texts with it. */
final class BundledModel {
  static final Path DIRECTORY = directory();

  /** One text with its tokens and its logits in fp32. */
  record Case(String text, int[] ids, float[] logits) {
    @Override
    public String toString() {
      return text.length() > 60 ? text.substring(0, 60) + "…" : text;
    }
  }

  private BundledModel() {}

  static List<Case> cases() {
    return cases("/model/expected.json");
  }

  /** Of a resource in the form of that file. */
  static List<Case> cases(String resource) {
    try (InputStream in = BundledModel.class.getResourceAsStream(resource)) {
      List<Case> cases = new ArrayList<>();
      for (JsonNode entry : EventJson.mapper().readTree(in).path("cases")) {
        cases.add(
            new Case(
                entry.path("text").stringValue(),
                ints(entry.path("input_ids")),
                floats(entry.path("logits"))));
      }
      return cases;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  static List<String> texts() {
    return cases().stream().map(Case::text).toList();
  }

  /** The model's logits for these cases, worked out in as little padding as the service would. */
  static float[][] logits(PriorityModel model, List<Case> cases) {
    float[][] logits = new float[cases.size()][];
    for (TokenBatch pass : model.passes(cases.stream().map(Case::ids).toList(), 1)) {
      float[][] rows = model.logits(pass);
      for (int row = 0; row < rows.length; row++) {
        for (int ticket : pass.tickets(row)) {
          logits[ticket] = rows[row];
        }
      }
    }
    return logits;
  }

  static ModelManifest manifest(Precision precision) {
    return ModelManifest.read(DIRECTORY, precision);
  }

  /** A directory with the files of the model, to be damaged. */
  static Path copyTo(Path directory) throws IOException {
    try (var files = Files.list(DIRECTORY)) {
      for (Path file : files.toList()) {
        Files.copy(file, directory.resolve(file.getFileName().toString()));
      }
    }
    return directory;
  }

  private static Path directory() {
    // Maven runs the tests in the module, an editor in the repository.
    Path here = Path.of("models/ticket-priority-ru-en").toAbsolutePath();
    return Files.exists(here)
        ? here
        : Path.of("../models/ticket-priority-ru-en").toAbsolutePath().normalize();
  }

  private static int[] ints(JsonNode array) {
    int[] numbers = new int[array.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = array.get(i).intValue();
    }
    return numbers;
  }

  private static float[] floats(JsonNode array) {
    float[] numbers = new float[array.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) array.get(i).doubleValue();
    }
    return numbers;
  }
}
