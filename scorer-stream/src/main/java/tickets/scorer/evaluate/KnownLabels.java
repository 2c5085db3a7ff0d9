package tickets.scorer.evaluate;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import tickets.scorer.model.ModelManifest;

/**
 * Which of a model's labels a row means: by the model's own name, by the readable one, whatever its
 * case, or by its place, counted from 0.
 */
final class KnownLabels {
  private final Map<String, Integer> byName = new HashMap<>();

  KnownLabels(ModelManifest manifest) {
    manifest.labels().forEach(label -> note(label, manifest.labels().indexOf(label)));
    for (int i = 0; i < manifest.priorities().size(); i++) {
      note(manifest.priorities().get(i), i);
    }
    for (int i = 0; i < manifest.labels().size(); i++) {
      note(Integer.toString(i), i);
    }
  }

  private void note(String name, int index) {
    byName.putIfAbsent(key(name), index);
  }

  private static String key(String name) {
    String key = name.strip().toLowerCase(Locale.ROOT);
    // Spreadsheets write whole numbers so.
    return key.matches("\\d+\\.0+") ? key.substring(0, key.indexOf('.')) : key;
  }

  OptionalInt index(String name) {
    Integer index = byName.get(key(name));
    return index == null ? OptionalInt.empty() : OptionalInt.of(index);
  }
}
