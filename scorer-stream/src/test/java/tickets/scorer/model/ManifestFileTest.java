package tickets.scorer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tickets.contract.EventJson;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

class ManifestFileTest {
  @TempDir Path directory;

  private JsonNode manifest() {
    return ModelManifest.readJson(directory.resolve("priority.json"));
  }

  @Test
  void scalingIsPutInAndAllElseStays() throws IOException {
    Path file = directory.resolve("priority.json");
    Files.copy(BundledModel.DIRECTORY.resolve("priority.json"), file);
    ObjectNode before = (ObjectNode) manifest();

    ManifestFile.writeScaling(
        directory, new Scaling(1.5, List.of(1.0, 2.0, 1.0, 1.0), List.of(0.0, -1.0, 0.0, 0.5)));
    assertThat(manifest().path("vector").path("scale").path(1).doubleValue()).isEqualTo(2.0);

    ManifestFile.writeScaling(directory, Scaling.ofTemperature(1.25));
    assertThat(manifest()).isEqualTo(before.put("temperature", 1.25));
    assertThat(Files.list(directory)).containsExactly(file);
  }

  @Test
  void manifestIsBegunWhereThereIsNone() throws IOException {
    ManifestFile.writeScaling(directory, Scaling.ofTemperature(1.25));

    assertThat(manifest())
        .isEqualTo(EventJson.mapper().createObjectNode().put("temperature", 1.25));
  }

  @Test
  void whatIsNoManifestIsLeftAlone() throws IOException {
    Path file = Files.writeString(directory.resolve("priority.json"), "[]");

    assertThatThrownBy(() -> ManifestFile.writeScaling(directory, Scaling.NONE))
        .isInstanceOf(UnusableModel.class);
    assertThat(file).hasContent("[]");
  }
}
