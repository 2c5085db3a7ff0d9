package tickets.standalone;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import tickets.contract.EventJson;

/**
 * Where everything listens in this run, as {@code DATA_DIR/endpoints.json} tells it to programs.
 *
 * @param http base URL of the HTTP API
 * @param kafka bootstrap servers
 * @param postgres libpq URL
 * @param redis URL
 */
record Endpoints(String http, String kafka, String postgres, String redis) {

  /** Written aside and moved, so that no reader sees half a file. */
  void writeTo(Path dataDirectory) {
    Path file = dataDirectory.resolve("endpoints.json");
    Path fresh = dataDirectory.resolve("endpoints.json.new");
    try {
      Files.deleteIfExists(fresh);
      // PostgreSQL's password is in it.
      Files.createFile(
          fresh,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.write(
          fresh, EventJson.mapper().writerWithDefaultPrettyPrinter().writeValueAsBytes(this));
      Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new CannotStart("Cannot write " + file + ": " + e, e);
    }
  }

  static void removeFrom(Path dataDirectory) {
    try {
      Files.deleteIfExists(dataDirectory.resolve("endpoints.json"));
    } catch (IOException e) {
      throw new CannotStart(
          "Cannot remove the old endpoints.json in " + dataDirectory + ": " + e, e);
    }
  }
}
