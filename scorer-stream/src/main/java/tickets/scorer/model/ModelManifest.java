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
import tickets.scorer.reading.TextReading;
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
 * @param leastUrgentFirst indices of the labels by urgency: in the order of priority.json, or of
 *     config.json if there is none
 * @param scaling from the logits to probabilities
 * @param maxTokens the window: longer texts lose their middle
 * @param decision from the probabilities to a priority
 * @param reading what becomes of a text before its tokens
 * @param precision never AUTO
 */
public record ModelManifest(
    String name,
    String version,
    String digest,
    List<String> labels,
    List<String> priorities,
    List<Integer> leastUrgentFirst,
    Scaling scaling,
    int maxTokens,
    Decision decision,
    TextReading reading,
    Precision precision) {

  /** Of any ticket desk; so that a damaged number does not fill the memory. */
  private static final int MOST_LABELS = 1_000;

  public ModelManifest {
    labels = List.copyOf(labels);
    priorities = List.copyOf(priorities);
    leastUrgentFirst = List.copyOf(leastUrgentFirst);
  }

  /** The same model with other probabilities. */
  public ModelManifest with(Scaling other) {
    return new ModelManifest(
        name,
        version,
        digest,
        labels,
        priorities,
        leastUrgentFirst,
        other,
        maxTokens,
        decision,
        reading,
        precision);
  }

  /** The same model with other decisions. */
  public ModelManifest with(Decision other) {
    return new ModelManifest(
        name,
        version,
        digest,
        labels,
        priorities,
        leastUrgentFirst,
        scaling,
        maxTokens,
        other,
        reading,
        precision);
  }

  /**
   * A decision about this model's labels.
   *
   * @param json as it would stand in priority.json under {@code decision}
   * @param source where it is from, for errors
   * @throws UnusableModel if it can't be understood, or contradicts the labels
   */
  public Decision decision(String json, Path source) {
    try {
      return new DecisionReader(source, labels, priorities, leastUrgentFirst)
          .read(EventJson.mapper().readTree(json));
    } catch (JacksonException e) {
      throw UnusableModel.file(source, "is not JSON: " + e.getOriginalMessage(), e);
    }
  }

  /** The label of the most urgent priority. */
  public String mostUrgent() {
    return labels.get(leastUrgentFirst.get(leastUrgentFirst.size() - 1));
  }

  /**
   * Where a model's weights lie: in its own directory or, if that holds a LoRA adapter, in its
   * base's.
   *
   * @throws UnusableModel if it holds an adapter whose base is not found
   */
  public static Path weightsOf(Path directory) {
    return Files.exists(directory.resolve(ModelFiles.ADAPTER_CONFIG))
        ? ModelFiles.find(directory).base()
        : directory;
  }

  /** As every result names its model. */
  public ScoredTicket.Model asNamedInResults() {
    Map<String, String> names = new LinkedHashMap<>();
    for (int i = 0; i < labels.size(); i++) {
      names.put(labels.get(i), priorities.get(i));
    }
    return new ScoredTicket.Model(name, version, digest, names);
  }

  /** One that says nothing of its texts. */
  public ModelManifest(
      String name,
      String version,
      String digest,
      List<String> labels,
      List<String> priorities,
      List<Integer> leastUrgentFirst,
      Scaling scaling,
      int maxTokens,
      Decision decision,
      Precision precision) {
    this(
        name,
        version,
        digest,
        labels,
        priorities,
        leastUrgentFirst,
        scaling,
        maxTokens,
        decision,
        new TextReading(List.of(), true),
        precision);
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
    List<String> priorities = priorities(manifest, file, labels);
    List<Integer> leastUrgentFirst = leastUrgentFirst(manifest, labels);
    Path absolute = directory.toAbsolutePath().normalize();
    Path last = absolute.getFileName();
    return new ModelManifest(
        manifest.path("name").asString(last == null ? "model" : last.toString()),
        manifest.path("version").asString("unversioned"),
        digest(files, precision),
        labels,
        priorities,
        leastUrgentFirst,
        scaling(manifest, file, labels),
        maxTokens(manifest, file, shape, files.tokenizerSettings()),
        new DecisionReader(file, labels, priorities, leastUrgentFirst)
            .read(manifest.path("decision")),
        reading(manifest, file),
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

  private static List<Integer> leastUrgentFirst(JsonNode manifest, List<String> labels) {
    JsonNode entries = manifest.path("labels");
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < labels.size(); i++) {
      order.add(
          entries.isMissingNode() ? i : labels.indexOf(entries.path(i).path("label").asString()));
    }
    return order;
  }

  private static Scaling scaling(JsonNode manifest, Path file, List<String> labels) {
    JsonNode temperature = manifest.path("temperature");
    double value = temperature.isMissingNode() ? 1.0 : temperature.asDouble(Double.NaN);
    if (!(value > 0) || !Double.isFinite(value)) {
      throw UnusableModel.file(file, "temperature must be a number above 0.");
    }
    JsonNode vector = manifest.path("vector");
    if (vector.isMissingNode()) {
      return Scaling.ofTemperature(value);
    }
    List<Double> scale = numbers(vector.path("scale"));
    List<Double> bias = numbers(vector.path("bias"));
    if (scale.size() != labels.size()
        || bias.size() != labels.size()
        || !scale.stream().allMatch(factor -> factor > 0 && Double.isFinite(factor))
        || !bias.stream().allMatch(Double::isFinite)) {
      throw UnusableModel.file(
          file,
          "vector needs scale, "
              + labels.size()
              + " numbers above 0, and bias, as many numbers: one a label, in the order of "
              + labels
              + ".");
    }
    return new Scaling(value, scale, bias);
  }

  /** NaN for what is no number. */
  static List<Double> numbers(JsonNode array) {
    List<Double> numbers = new ArrayList<>();
    array.forEach(number -> numbers.add(number.asDouble(Double.NaN)));
    return numbers;
  }

  private static TextReading reading(JsonNode manifest, Path file) {
    List<String> languages = new ArrayList<>();
    for (JsonNode language : manifest.path("languages")) {
      String code = language.asString("");
      if (!code.matches("[a-z]{2,3}")) {
        throw UnusableModel.file(
            file, "languages must be a list of codes such as \"en\"; \"" + code + "\" is none.");
      }
      languages.add(code);
    }
    JsonNode setAside = manifest.path("set_aside");
    if (!setAside.isMissingNode() && !setAside.isBoolean()) {
      throw UnusableModel.file(file, "set_aside must be true or false.");
    }
    return new TextReading(languages, setAside.asBoolean(true));
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

  static int labelIndex(List<String> labels, String label, Path file) {
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
