package tickets.scorer.evaluate;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tickets.contract.EventJson;
import tickets.scorer.model.Decision;
import tickets.scorer.model.Scaling;
import tools.jackson.databind.JsonNode;

/** Rows, and what scikit-learn and scipy make of them; expected.py beside the file wrote it. */
final class Expected {
  private Expected() {}

  static JsonNode read() {
    try (InputStream in = Expected.class.getResourceAsStream("/evaluate/expected.json")) {
      return EventJson.mapper().readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static List<float[]> logits(JsonNode expected) {
    List<float[]> logits = new ArrayList<>();
    for (JsonNode row : expected.path("logits")) {
      float[] numbers = new float[row.size()];
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = row.path(i).floatValue();
      }
      logits.add(numbers);
    }
    return logits;
  }

  static int[] truths(JsonNode expected) {
    return expected.path("truth").valueStream().mapToInt(JsonNode::intValue).toArray();
  }

  static List<Judged> rows(JsonNode expected) {
    List<float[]> logits = logits(expected);
    int[] truths = truths(expected);
    List<Judged> rows = new ArrayList<>();
    for (int i = 0; i < truths.length; i++) {
      rows.add(
          Judged.of(
              "ticket " + i,
              truths[i],
              logits.get(i),
              Scaling.NONE,
              Decision.MOST_PROBABLE,
              Map.of()));
    }
    return rows;
  }
}
