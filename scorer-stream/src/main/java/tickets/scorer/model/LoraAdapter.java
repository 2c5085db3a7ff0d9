package tickets.scorer.model;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A LoRA adapter as PEFT saves it: for some linear layers of a base two thin matrices A [rank, in]
 * and B [out, rank], whose product, scaled, is added to the layer's weight; and whole tensors
 * (classifier, biases) that stand in place of the base's.
 *
 * <p>Merged when the model is loaded, in fp32: the network is then as quick as without.
 */
final class LoraAdapter implements AutoCloseable {
  private static final String PREFIX = "base_model.model.";
  private static final String A = ".lora_A.weight";
  private static final String B = ".lora_B.weight";

  /** What would make the same tensors mean something else. */
  private static final List<String> NOT_MERGED =
      List.of(
          "use_dora",
          "lora_bias",
          "use_qalora",
          "use_bdlora",
          "arrow_config",
          "kasa_config",
          "monteclora_config",
          "alora_invocation_tokens",
          "layer_replication",
          "target_parameters",
          "trainable_token_indices");

  private final JsonNode config;
  private final Path configFile;
  private final Safetensors file;

  /** By the name in the network; of the tensors A and B with their ends. */
  private final Map<String, Safetensors.Tensor> tensors = new HashMap<>();

  private final Set<String> unused = new TreeSet<>();

  private LoraAdapter(JsonNode config, Path configFile, Safetensors file) {
    this.config = config;
    this.configFile = configFile;
    this.file = file;
    for (String name : file.names()) {
      Safetensors.Tensor tensor = file.find(name);
      // The base's own, of a layer that the adapter replaces; PEFT saves it where all biases are
      // trained.
      if (tensor != null && !name.contains(".original_module.")) {
        tensors.put(canonical(name), tensor);
        unused.add(canonical(name));
      }
    }
  }

  /**
   * @throws UnusableModel if it is no LoRA adapter, or one that is not merged by adding a product
   */
  static LoraAdapter open(Path directory) {
    Path configFile = directory.resolve(ModelFiles.ADAPTER_CONFIG);
    JsonNode config = ModelManifest.readJson(configFile);
    String type = config.path("peft_type").asString("");
    if (!type.equals("LORA")) {
      throw UnusableModel.file(
          configFile,
          "peft_type is \"" + type + "\"; of adapters, this engine reads LORA. " + mergeIt());
    }
    for (String field : NOT_MERGED) {
      if (isSet(config.path(field))) {
        throw UnusableModel.file(
            configFile, field + " is set, which this engine does not merge. " + mergeIt());
      }
    }
    String init = config.path("init_lora_weights").asString("").toLowerCase(Locale.ROOT);
    if (init.startsWith("pissa")
        || init.startsWith("corda")
        || init.equals("olora")
        || init.equals("loftq")
        || init.equals("lora_ga")) {
      throw UnusableModel.file(
          configFile,
          "init_lora_weights is \""
              + init
              + "\": training changed the base too, so that the adapter does not fit the base as it"
              + " is published. "
              + mergeIt());
    }
    return new LoraAdapter(
        config, configFile, Safetensors.open(directory.resolve(ModelFiles.ADAPTER)));
  }

  private static String mergeIt() {
    return "Merge it with PEFT's merge_and_unload() and save the whole model.";
  }

  private static boolean isSet(JsonNode value) {
    return !value.isMissingNode()
        && !value.isNull()
        && !(value.isBoolean() && !value.booleanValue())
        && !(value.isContainer() && value.isEmpty());
  }

  /** How many labels the adapter's own classifier tells apart; 0 if it has none. */
  int labels() {
    Safetensors.Tensor classifier = tensors.get("classifier.weight");
    return classifier == null || classifier.shape().isEmpty()
        ? 0
        : (int) Math.min(Integer.MAX_VALUE, classifier.shape().get(0));
  }

  /**
   * The tensor with which the adapter replaces this one of the base, in whole.
   *
   * @param name as {@link Weight} has it
   */
  @Nullable Weight replacement(String name) {
    Safetensors.Tensor tensor = tensors.get(name);
    return tensor == null ? null : stored(name, tensor);
  }

  private Weight stored(String name, Safetensors.Tensor tensor) {
    unused.remove(name);
    return Weights.weight(name, file, tensor);
  }

  /**
   * The tensor with the adapter's product added, or the same one where the adapter leaves it alone.
   *
   * @throws UnusableModel if the two matrices do not fit it
   */
  Weight merged(Weight weight) {
    if (!weight.name().endsWith(".weight")) {
      return weight;
    }
    String module = weight.name().substring(0, weight.name().length() - ".weight".length());
    Safetensors.Tensor a = tensors.get(module + A);
    Safetensors.Tensor b = tensors.get(module + B);
    if (a == null && b == null) {
      return weight;
    }
    if (a == null || b == null) {
      throw UnusableModel.file(
          file.file(), "has only one of the two matrices for " + module + ". Save it again.");
    }
    List<Long> shape = weight.shape();
    if (shape.size() != 2
        || a.shape().size() != 2
        || b.shape().size() != 2
        || !a.shape().get(1).equals(shape.get(1))
        || !b.shape().get(0).equals(shape.get(0))
        || !a.shape().get(0).equals(b.shape().get(1))
        || a.shape().get(0) == 0) {
      throw UnusableModel.file(
          file.file(),
          "its matrices for "
              + module
              + ", "
              + a.shape()
              + " and "
              + b.shape()
              + ", do not fit the base's weight of shape "
              + shape
              + ": it was trained on another base.");
    }
    Weight thin = stored(module + A, a);
    Weight tall = stored(module + B, b);
    int rank = a.shape().get(0).intValue();
    double scale = scale(module, rank);
    return new Weight(
        weight.name(),
        "F32",
        shape,
        file.file(),
        () -> Weight.bytes(sum(weight.floats(), tall.floats(), thin.floats(), rank, scale)));
  }

  /** W + scale * B A. */
  private static float[] sum(float[] weight, float[] b, float[] a, int rank, double scale) {
    int in = a.length / rank;
    int out = b.length / rank;
    double[] row = new double[in];
    for (int i = 0; i < out; i++) {
      Arrays.fill(row, 0);
      for (int r = 0; r < rank; r++) {
        double factor = b[i * rank + r];
        for (int j = 0; j < in; j++) {
          row[j] += factor * a[r * in + j];
        }
      }
      for (int j = 0; j < in; j++) {
        weight[i * in + j] = (float) (weight[i * in + j] + scale * row[j]);
      }
    }
    return weight;
  }

  private double scale(String module, int rank) {
    double alpha = config.path("lora_alpha").asDouble(8);
    JsonNode patterns = config.path("alpha_pattern");
    for (String pattern : patterns.propertyNames()) {
      if (matches(pattern, module)) {
        alpha = patterns.path(pattern).asDouble(Double.NaN);
        break;
      }
    }
    double scale =
        alpha / (config.path("use_rslora").asBoolean(false) ? Math.sqrt(rank) : (double) rank);
    if (!Double.isFinite(scale)) {
      throw UnusableModel.file(configFile, "lora_alpha of " + module + " is not a number.");
    }
    return scale;
  }

  /** As PEFT does it: the pattern is the module's whole path, or its end from a dot on. */
  private boolean matches(String pattern, String module) {
    try {
      return Pattern.compile("(.*\\.)?(" + pattern + ")").matcher("bert." + module).matches();
    } catch (PatternSyntaxException e) {
      throw UnusableModel.file(
          configFile, "alpha_pattern has \"" + pattern + "\", which is no pattern.", e);
    }
  }

  /**
   * @throws UnusableModel if the adapter has tensors that nobody asked for: it would be merged in
   *     part
   */
  void requireAllUsed() {
    if (!unused.isEmpty()) {
      String first = unused.iterator().next();
      throw UnusableModel.file(
          file.file(),
          "changes "
              + unused.size()
              + " tensors that this engine cannot merge into its base, the first being "
              + first
              + ". "
              + mergeIt());
    }
  }

  /** Without what PEFT puts in front, and within for wrapped modules. */
  private static String canonical(String name) {
    String bare = name.startsWith(PREFIX) ? name.substring(PREFIX.length()) : name;
    bare = bare.startsWith("bert.") ? bare.substring("bert.".length()) : bare;
    return bare.replace(".modules_to_save.", ".")
        .replace(".base_layer.", ".")
        .replace(".default.", ".");
  }

  @Override
  public void close() {
    file.close();
  }
}
