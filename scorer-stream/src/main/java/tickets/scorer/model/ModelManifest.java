package tickets.scorer.model;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tickets.contract.EventJson;
import tickets.contract.ScoredTicket;
import tickets.contract.Sha256;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * What a model directory says about its model, from {@code priority.json} if there is one and
 * {@code config.json}.
 *
 * @param digest SHA-256 over config, weights (all shards; adapter and base), tokenizer, manifest
 *     and precision, in hexadecimal: two services with the same digest give the same scores
 * @param labels the model's own names, in the order of its logits
 * @param priorities the readable name of each label; the label itself if none is given
 * @param mostUrgent the label that priority.json lists last, or config.json if there is none
 * @param temperature what the logits are divided by before the softmax, above 0
 * @param maxTokens the window: longer texts lose their middle
 * @param precision FP32 or BF16, never AUTO
 */
public record ModelManifest(
    String name,
    String version,
    String digest,
    List<String> labels,
    List<String> priorities,
    String mostUrgent,
    double temperature,
    int maxTokens,
    DecisionRule decision,
    Precision precision) {

  /** Of any ticket desk; so that a damaged number does not fill the memory. */
  private static final int MOST_LABELS = 1_000;

  public ModelManifest {
    labels = List.copyOf(labels);
    priorities = List.copyOf(priorities);
  }

  /** As every result names its model. */
  public ScoredTicket.Model asNamedInResults() {
    Map<String, String> names = new LinkedHashMap<>();
    for (int i = 0; i < labels.size(); i++) {
      names.put(labels.get(i), priorities.get(i));
    }
    return new ScoredTicket.Model(name, version, digest, names);
  }

  /**
   * @param precision the one the model will run in, never AUTO
   * @throws UnusableModel if the directory lacks a file, or its files contradict each other
   */
  public static ModelManifest read(Path directory, Precision precision) {
    ModelFiles files = ModelFiles.find(directory);
    files.requireAll();
    Path configFile = files.config();
    JsonNode config = readJson(configFile);
    BertShape shape = BertShape.read(config, configFile);
    List<String> labels = labels(files, config);

    Path file = files.manifest();
    JsonNode manifest = Files.exists(file) ? readJson(file) : EventJson.mapper().createObjectNode();
    Path absolute = directory.toAbsolutePath().normalize();
    Path last = absolute.getFileName();
    return new ModelManifest(
        manifest.path("name").asString(last == null ? "model" : last.toString()),
        manifest.path("version").asString("unversioned"),
        digest(files, precision),
        labels,
        priorities(manifest, file, labels),
        mostUrgent(manifest, labels),
        temperature(manifest, file),
        maxTokens(manifest, file, shape, files.tokenizerSettings()),
        decision(manifest.path("decision"), file, labels),
        precision);
  }

  static JsonNode readJson(Path file) {
    try {
      JsonNode node = EventJson.mapper().readTree(Files.readAllBytes(file));
      if (!node.isObject()) {
        throw UnusableModel.file(file, "is not a JSON object.");
      }
      return node;
    } catch (JacksonException e) {
      throw UnusableModel.file(file, "is not JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw UnusableModel.file(file, "cannot be read: " + e.getMessage(), e);
    }
  }

  /**
   * An adapter brings its own classifier: unless a configuration names as many labels, they are
   * numbered.
   */
  private static List<String> labels(ModelFiles files, JsonNode config) {
    if (!files.adapter()) {
      BertShape.requireClassifier(config, files.config());
      return labels(config, files.config());
    }
    int own;
    try (LoraAdapter adapter = LoraAdapter.open(files.directory())) {
      own = adapter.labels();
    }
    JsonNode names = config.path("id2label");
    if (own == 0 || names.size() == own) {
      return labels(config, files.config());
    }
    return labels(
        EventJson.mapper().createObjectNode().put("num_labels", own),
        files.directory().resolve(ModelFiles.ADAPTER));
  }

  private static List<String> labels(JsonNode config, Path file) {
    JsonNode names = config.path("id2label");
    int count = names.isObject() ? names.size() : config.path("num_labels").asInt(2);
    if (count < 2 || count > MOST_LABELS) {
      throw UnusableModel.file(
          file,
          "has "
              + count
              + " labels: a classifier tells at least two apart, and at most "
              + MOST_LABELS
              + " are taken.");
    }
    List<String> labels = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String label = names.isObject() ? names.path(Integer.toString(i)).asString("") : "LABEL_" + i;
      if (label.isBlank() || labels.contains(label)) {
        throw UnusableModel.file(
            file,
            "id2label must name each label from 0 to "
                + (count - 1)
                + " once; label "
                + i
                + " is missing or a repetition.");
      }
      labels.add(label);
    }
    return labels;
  }

  private static List<String> priorities(JsonNode manifest, Path file, List<String> labels) {
    JsonNode entries = manifest.path("labels");
    List<String> priorities = new ArrayList<>(labels);
    if (entries.isMissingNode()) {
      return priorities;
    }
    Set<String> seen = new HashSet<>();
    for (JsonNode entry : entries) {
      String label = entry.path("label").asString("");
      priorities.set(labelIndex(labels, label, file), entry.path("priority").asString(label));
      seen.add(label);
    }
    if (!entries.isArray() || entries.size() != labels.size() || seen.size() != labels.size()) {
      throw UnusableModel.file(
          file, "labels names " + seen + ", but config.json has " + labels + ". Name each once.");
    }
    return priorities;
  }

  private static String mostUrgent(JsonNode manifest, List<String> labels) {
    JsonNode entries = manifest.path("labels");
    return entries.isMissingNode()
        ? labels.get(labels.size() - 1)
        : entries.path(entries.size() - 1).path("label").asString();
  }

  private static double temperature(JsonNode manifest, Path file) {
    JsonNode temperature = manifest.path("temperature");
    double value = temperature.isMissingNode() ? 1.0 : temperature.asDouble(Double.NaN);
    if (!(value > 0) || !Double.isFinite(value)) {
      throw UnusableModel.file(file, "temperature must be a number above 0.");
    }
    return value;
  }

  private static int maxTokens(JsonNode manifest, Path file, BertShape shape, Path settings) {
    JsonNode given = manifest.path("max_tokens");
    if (given.isMissingNode()) {
      // Hugging Face writes a number beyond any int for "no limit".
      double own =
          Files.exists(settings)
              ? readJson(settings).path("model_max_length").asDouble(Double.MAX_VALUE)
              : Double.MAX_VALUE;
      return own >= 3 && own < shape.positions() ? (int) own : shape.positions();
    }
    if (!given.isIntegralNumber() || !given.canConvertToInt() || given.intValue() < 3) {
      throw UnusableModel.file(file, "max_tokens must be a whole number, 3 or more.");
    }
    if (given.intValue() > shape.positions()) {
      throw UnusableModel.file(
          file,
          "max_tokens is "
              + given.intValue()
              + ", but the model has positions for "
              + shape.positions()
              + " (max_position_embeddings in config.json).");
    }
    return given.intValue();
  }

  private static DecisionRule decision(JsonNode decision, Path file, List<String> labels) {
    String rule = decision.path("rule").asString("argmax");
    return switch (rule) {
      case "argmax" -> new DecisionRule.MostProbable();
      case "thresholds" -> {
        List<DecisionRule.Threshold> thresholds = new ArrayList<>();
        for (JsonNode entry : decision.path("thresholds")) {
          double atLeast = entry.path("at_least").asDouble(Double.NaN);
          if (!(atLeast >= 0 && atLeast <= 1)) {
            throw UnusableModel.file(file, "each threshold needs an at_least from 0 to 1.");
          }
          thresholds.add(
              new DecisionRule.Threshold(
                  labelIndex(labels, entry.path("label").asString(""), file), atLeast));
        }
        if (thresholds.isEmpty()) {
          throw UnusableModel.file(file, "the rule thresholds needs a list of thresholds.");
        }
        yield new DecisionRule.Thresholds(thresholds);
      }
      case "costs" -> {
        List<List<Double>> costs = new ArrayList<>();
        for (JsonNode row : decision.path("costs")) {
          List<Double> numbers = new ArrayList<>();
          for (JsonNode cost : row) {
            numbers.add(cost.asDouble(Double.NaN));
          }
          costs.add(numbers);
        }
        int count = labels.size();
        if (costs.size() != count
            || costs.stream()
                .anyMatch(row -> row.size() != count || !row.stream().allMatch(Double::isFinite))) {
          throw UnusableModel.file(
              file,
              "the rule costs needs "
                  + count
                  + " rows of "
                  + count
                  + " numbers: a row for each true label, a column for each chosen one.");
        }
        yield new DecisionRule.LeastCost(costs);
      }
      default ->
          throw UnusableModel.file(
              file,
              "the decision rule \""
                  + rule
                  + "\" is unknown; there are argmax, thresholds and costs.");
    };
  }

  private static int labelIndex(List<String> labels, String label, Path file) {
    int index = labels.indexOf(label);
    if (index < 0) {
      throw UnusableModel.file(
          file,
          "names the label \"" + label + "\", which config.json does not have: " + labels + ".");
    }
    return index;
  }

  private static String digest(ModelFiles files, Precision precision) {
    MessageDigest digest = Sha256.digest();
    byte[] buffer = new byte[1 << 16];
    for (Map.Entry<String, Path> entry : files.digested(precision).entrySet()) {
      String name = entry.getKey();
      Path file = entry.getValue();
      try (InputStream in = Files.newInputStream(file)) {
        // With name and size, so that no two sets of files give the same bytes.
        digest.update((name + " " + Files.size(file) + "\n").getBytes(StandardCharsets.UTF_8));
        for (int read; (read = in.read(buffer)) > 0; ) {
          digest.update(buffer, 0, read);
        }
      } catch (IOException e) {
        throw UnusableModel.file(file, "cannot be read: " + e.getMessage(), e);
      }
    }
    digest.update(("precision " + precision).getBytes(StandardCharsets.UTF_8));
    return HexFormat.of().formatHex(digest.digest());
  }
}
