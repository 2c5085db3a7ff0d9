package tickets.scorer.imports;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import tickets.contract.EventJson;
import tickets.scorer.labelled.UnusableData;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * How far an import has come, in a file: the broker has that many of the source's rows. Written
 * after each part, so that a killed import goes on where it was.
 *
 * @param source tells one source from another
 */
record ImportProgress(Path file, String source) {

  /**
   * @return how many rows need not be published again; 0 if nothing is known of this source
   */
  int read() {
    if (!Files.exists(file)) {
      return 0;
    }
    try {
      JsonNode known = EventJson.mapper().readTree(Files.readAllBytes(file));
      return known.path("source").asString("").equals(source) ? known.path("rows").asInt(0) : 0;
    } catch (IOException | JacksonException e) {
      throw new UnusableData(
          file + " cannot be read. Delete it to begin anew: no row is stored twice.", e);
    }
  }

  void write(int rows) {
    try {
      Path part = file.resolveSibling(file.getFileName() + ".part");
      Files.writeString(
          part,
          EventJson.mapper().createObjectNode().put("source", source).put("rows", rows).toString(),
          StandardCharsets.UTF_8);
      Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UnusableData(
          file + " cannot be written, so that a stop would lose the place: " + e.getMessage(), e);
    }
  }
}
