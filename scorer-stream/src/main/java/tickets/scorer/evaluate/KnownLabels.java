package tickets.scorer.evaluate;

import java.util.OptionalInt;
import tickets.scorer.labelled.LabelNames;
import tickets.scorer.model.ModelManifest;

/**
 * Which of a model's labels a row means: by the model's own name, by the readable one, whatever its
 * case, or by its place, counted from 0.
 */
final class KnownLabels {
  private final LabelNames names = new LabelNames();

  KnownLabels(ModelManifest manifest) {
    manifest.labels().forEach(label -> names.add(label, manifest.labels().indexOf(label)));
    for (int i = 0; i < manifest.priorities().size(); i++) {
      names.add(manifest.priorities().get(i), i);
    }
    for (int i = 0; i < manifest.labels().size(); i++) {
      names.add(Integer.toString(i), i);
    }
  }

  OptionalInt index(String name) {
    return names.indexOf(name);
  }
}
