package tickets.scorer.reading;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tickets.contract.EventJson;
import tools.jackson.databind.JsonNode;

/** A row of models/data/tickets.jsonl. */
record LabelledRows(String text, int label, String lang, String split, String set) {

  static List<LabelledRows> read() throws IOException {
    // Maven runs the tests in the module, an editor in the repository.
    Path here = Path.of("models/data/tickets.jsonl");
    List<LabelledRows> rows = new ArrayList<>();
    for (String line :
        Files.readAllLines(Files.exists(here) ? here : Path.of("..").resolve(here))) {
      JsonNode row = EventJson.mapper().readTree(line);
      rows.add(
          new LabelledRows(
              row.path("text").stringValue(),
              row.path("label").intValue(),
              row.path("lang").stringValue(),
              row.path("split").stringValue(),
              // Of their own set, if they have none.
              row.path("set").asString("row " + rows.size())));
    }
    return rows;
  }
}
