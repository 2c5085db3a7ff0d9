package tickets.scorer.model;

import java.nio.file.Path;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * What {@code config.json} says about the network: its sizes, and that it is one this engine can
 * run.
 *
 * @param width hidden size
 * @param positions the longest sequence it has position embeddings for
 * @param tokenTypes 0 in a BERT that has none
 * @param epsilon of the layer norms
 */
public record BertShape(
    int vocabulary,
    int width,
    int layers,
    int heads,
    int inner,
    int positions,
    int tokenTypes,
    double epsilon,
    Activation activation,
    double dropout) {

  public enum Activation {
    GELU(0),
    GELU_TANH(1),
    RELU(2);

    /** As the graph knows it. */
    public final int code;

    Activation(int code) {
      this.code = code;
    }
  }

  static final String ARCHITECTURE = "BertForSequenceClassification";

  /** Of any model that a CPU could run; so that a damaged number does not fill the memory. */
  private static final int MOST_LAYERS = 1_000;

  /**
   * @throws UnusableModel if it is no BERT, or one of a kind that this engine would run wrongly
   */
  static BertShape read(JsonNode config, Path file) {
    // The oldest BERTs (prajjwal1/bert-tiny) do not say their type: their tensors do.
    String type = config.path("model_type").asString("bert");
    if (!type.equals("bert")) {
      String architecture = architecture(config);
      throw UnusableModel.file(
          file,
          "holds "
              + (architecture.isEmpty() ? "a network" : "a " + architecture)
              + " (model_type is \""
              + type
              + "\"). This engine runs BERT (model_type \"bert\") only: take a BERT, as"
              + " bert-base-multilingual-cased, a rubert or models/base-encoder-ru-en, and"
              + " fine-tune it on the same tickets with models/fine-tune.");
    }
    requireDefault(config, file, "position_embedding_type", "absolute");
    if (config.path("is_decoder").asBoolean(false)) {
      throw UnusableModel.file(
          file,
          "is_decoder is true: a decoder reads left to right only and is no classifier for this"
              + " engine.");
    }
    if (config.path("quantization_config").isObject()) {
      throw UnusableModel.file(
          file,
          "has a quantization_config: quantised weights are not read. Save the model in fp32, fp16"
              + " or bf16; PRECISION=int8 quantises it here.");
    }
    BertShape shape =
        new BertShape(
            size(config, file, "vocab_size"),
            size(config, file, "hidden_size"),
            layers(config, file),
            size(config, file, "num_attention_heads"),
            size(config, file, "intermediate_size"),
            positions(config, file),
            tokenTypes(config, file),
            config.path("layer_norm_eps").asDouble(1e-12),
            activation(config, file),
            config.path("hidden_dropout_prob").asDouble(0.1));
    if (shape.width % shape.heads != 0) {
      throw UnusableModel.file(
          file,
          "hidden_size "
              + shape.width
              + " cannot be shared among "
              + shape.heads
              + " attention heads.");
    }
    return shape;
  }

  /**
   * @throws UnusableModel if it is a BERT that gives no priorities
   */
  static void requireClassifier(JsonNode config, Path file) {
    String architecture = architecture(config);
    if (!architecture.isEmpty() && !architecture.equals(ARCHITECTURE)) {
      throw UnusableModel.file(
          file,
          "holds a "
              + architecture
              + ", not a "
              + ARCHITECTURE
              + ": it gives no priorities yet. Fine-tune it on labelled tickets first:"
              + " models/fine-tune.");
    }
    requireDefault(config, file, "problem_type", "single_label_classification");
  }

  private static String architecture(JsonNode config) {
    return config.path("architectures").path(0).asString("");
  }

  private static int tokenTypes(JsonNode config, Path file) {
    JsonNode types = config.path("type_vocab_size");
    if (types.isMissingNode()) {
      return 2;
    }
    if (!types.isIntegralNumber() || !types.canConvertToInt() || types.intValue() < 0) {
      throw UnusableModel.file(file, "type_vocab_size is no natural number.");
    }
    return types.intValue();
  }

  private static Activation activation(JsonNode config, Path file) {
    String name = config.path("hidden_act").asString("gelu");
    return switch (name) {
      case "gelu" -> Activation.GELU;
      case "gelu_new", "gelu_pytorch_tanh" -> Activation.GELU_TANH;
      case "relu" -> Activation.RELU;
      default ->
          throw UnusableModel.file(
              file,
              "hidden_act \""
                  + name
                  + "\" is unknown to this engine, which has "
                  + List.of("gelu", "gelu_new", "gelu_pytorch_tanh", "relu")
                  + ".");
    };
  }

  private static void requireDefault(JsonNode config, Path file, String field, String only) {
    String value = config.path(field).asString(only);
    if (!value.equals(only)) {
      throw UnusableModel.file(
          file, field + " is \"" + value + "\"; this engine runs \"" + only + "\" only.");
    }
  }

  private static int layers(JsonNode config, Path file) {
    int layers = size(config, file, "num_hidden_layers");
    if (layers > MOST_LAYERS) {
      throw UnusableModel.file(
          file, "num_hidden_layers is " + layers + ", more than " + MOST_LAYERS + ": damaged.");
    }
    return layers;
  }

  private static int positions(JsonNode config, Path file) {
    int positions = size(config, file, "max_position_embeddings");
    if (positions < 3) {
      throw UnusableModel.file(
          file,
          "max_position_embeddings is "
              + positions
              + ": there is no room for a word between [CLS] and [SEP].");
    }
    return positions;
  }

  private static int size(JsonNode config, Path file, String field) {
    JsonNode value = config.path(field);
    if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < 1) {
      throw UnusableModel.file(file, field + " is missing or not a positive number.");
    }
    return value.intValue();
  }
}
