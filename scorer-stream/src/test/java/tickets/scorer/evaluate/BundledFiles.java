package tickets.scorer.evaluate;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tickets.contract.EventJson;

/** The bundled model and its data, for tests of commands. */
final class BundledFiles {
  static final Path MODEL = Path.of("../models/ticket-priority-ru-en").toAbsolutePath().normalize();

  private static final Path DATA = Path.of("../models/data/tickets.jsonl");

  private BundledFiles() {}

  /** Labelled rows that the model has not seen, as they stand. */
  static List<String> rows(int count) throws IOException {
    List<String> rows = new ArrayList<>();
    for (String line : Files.readAllLines(DATA, StandardCharsets.UTF_8)) {
      if (rows.size() < count
          && EventJson.mapper().readTree(line).path("split").asString("").equals("validation")) {
        rows.add(line);
      }
    }
    return rows;
  }

  /** The same model in a directory of its own, whose manifest may be changed. */
  static Path copy(Path parent, String name) throws IOException {
    Path directory = Files.createDirectory(parent.resolve(name));
    for (String file :
        List.of("config.json", "tokenizer.json", "tokenizer_config.json", "vocab.txt")) {
      Files.copy(MODEL.resolve(file), directory.resolve(file));
    }
    Files.copy(MODEL.resolve("priority.json"), directory.resolve("priority.json"));
    Files.createSymbolicLink(
        directory.resolve("model.safetensors"), MODEL.resolve("model.safetensors"));
    return directory;
  }
}
