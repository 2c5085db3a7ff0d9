package tickets.scorer.imports;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import tickets.contract.EventJson;
import tickets.scorer.labelled.UnusableData;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * How far an import has come, in a file: the broker has the source's rows up to one. Written after
 * each part, so that a killed import goes on where it was.
 *
 * @param source tells one source from another
 */
record ImportProgress(Path file, String source) {

  /**
   * Where the import was. Rows before it may have gone since, so the last one that was published is
   * looked for; if it is not there, the import begins anew, which no store notices.
   *
   * @param ids of the source's rows, in its order
   * @return how many rows need not be published again; 0 if nothing is known of this source
   */
  int read(List<String> ids) {
    if (!Files.exists(file)) {
      return 0;
    }
    try {
      JsonNode known = EventJson.mapper().readTree(Files.readAllBytes(file));
      return known.path("source").asString("").equals(source)
          ? ids.lastIndexOf(known.path("last").asString("")) + 1
          : 0;
    } catch (IOException | JacksonException e) {
      throw new UnusableData(
          file + " cannot be read. Delete it to begin anew: no row is stored twice.", e);
    }
  }

  /**
   * @param last id of the last row that the broker has, or that cannot be taken
   */
  void write(String last) {
    try {
      Path part = file.resolveSibling(file.getFileName() + ".part");
      Files.writeString(
          part,
          EventJson.mapper().createObjectNode().put("source", source).put("last", last).toString(),
          StandardCharsets.UTF_8);
      Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UnusableData(
          file + " cannot be written, so that a stop would lose the place: " + e.getMessage(), e);
    }
  }
}
