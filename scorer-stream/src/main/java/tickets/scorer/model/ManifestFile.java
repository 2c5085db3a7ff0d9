package tickets.scorer.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import tickets.contract.EventJson;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Changes a model's {@code priority.json} in place; what else it says stays. */
public final class ManifestFile {
  private ManifestFile() {}

  /**
   * Puts a scaling in. The model gets another digest by it, as its scores are other ones.
   *
   * @param modelDirectory a manifest is begun there if it has none
   * @throws UnusableModel if there is a manifest that is no JSON object
   */
  public static void writeScaling(Path modelDirectory, Scaling scaling) throws IOException {
    Path file = modelDirectory.resolve(ModelFiles.MANIFEST);
    ObjectNode manifest =
        Files.exists(file)
            ? (ObjectNode) ModelManifest.readJson(file)
            : EventJson.mapper().createObjectNode();
    manifest.put("temperature", scaling.temperature());
    manifest.remove("vector");
    if (scaling.perLabel()) {
      ObjectNode vector = manifest.putObject("vector");
      vector.set("scale", numbers(scaling.scale()));
      vector.set("bias", numbers(scaling.bias()));
    }
    // Whole or not at all: a scorer may be starting from this directory.
    Path whole = modelDirectory.resolve(ModelFiles.MANIFEST + ".new");
    Files.writeString(whole, manifest.toPrettyString() + "\n");
    Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private static JsonNode numbers(List<Double> numbers) {
    return EventJson.mapper().valueToTree(numbers);
  }
}
