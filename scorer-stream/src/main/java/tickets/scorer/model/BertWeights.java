package tickets.scorer.model;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The tensors of a BERT classifier, found in its file and put in the order that the graph takes
 * them in (see {@code src/main/torchscript/bert_classifier.py}).
 *
 * <p>Names are those of Hugging Face, with or without the {@code bert.} in front, and with the
 * gamma and beta of checkpoints converted from TensorFlow. Tensors that are not needed are left
 * alone.
 */
final class BertWeights {
  private final Safetensors file;
  private final List<Safetensors.Tensor> inOrder = new ArrayList<>();
  private final List<String> missing = new ArrayList<>();

  private BertWeights(Safetensors file) {
    this.file = file;
  }

  /**
   * @throws UnusableModel if a tensor is missing, of another shape than the configuration says or
   *     of a type that is not read
   */
  static List<Safetensors.Tensor> inOrder(Safetensors file, BertShape shape, int labels) {
    BertWeights weights = new BertWeights(file);
    weights.take(shape, labels);
    if (!weights.missing.isEmpty()) {
      throw UnusableModel.file(file.file(), weights.complaint());
    }
    return List.copyOf(weights.inOrder);
  }

  private void take(BertShape shape, int labels) {
    int width = shape.width();
    one("embeddings.word_embeddings.weight", shape.vocabulary(), width);
    one("embeddings.position_embeddings.weight", shape.positions(), width);
    one("embeddings.token_type_embeddings.weight", shape.tokenTypes(), width);
    both("embeddings.LayerNorm", width);
    for (int i = 0; i < shape.layers(); i++) {
      String layer = "encoder.layer." + i + ".";
      both(layer + "attention.self.query", width, width);
      both(layer + "attention.self.key", width, width);
      both(layer + "attention.self.value", width, width);
      both(layer + "attention.output.dense", width, width);
      both(layer + "attention.output.LayerNorm", width);
      both(layer + "intermediate.dense", shape.inner(), width);
      both(layer + "output.dense", width, shape.inner());
      both(layer + "output.LayerNorm", width);
    }
    both("pooler.dense", width, width);
    Safetensors.Tensor classifier = file.find("classifier.weight");
    if (classifier != null
        && !classifier.shape().isEmpty()
        && classifier.shape().get(0) != labels) {
      throw UnusableModel.file(
          file.file(),
          "its classifier has "
              + classifier.shape().get(0)
              + " labels, but config.json names "
              + labels
              + ".");
    }
    both("classifier", labels, width);
  }

  /** Weight and bias; the weight has these dimensions, the bias the first of them. */
  private void both(String name, int... shape) {
    one(name + ".weight", shape);
    one(name + ".bias", shape[0]);
  }

  private void one(String name, int... shape) {
    Safetensors.Tensor tensor = find(name);
    if (tensor == null) {
      missing.add(name);
      return;
    }
    List<Long> wanted = new ArrayList<>();
    for (int dimension : shape) {
      wanted.add((long) dimension);
    }
    if (!tensor.shape().equals(wanted)) {
      throw UnusableModel.file(
          file.file(),
          tensor.name()
              + " has the shape "
              + tensor.shape()
              + ", but config.json asks for "
              + wanted
              + ". The two are not of one model.");
    }
    if (!List.of("F32", "F16", "BF16").contains(tensor.type())) {
      throw UnusableModel.file(
          file.file(),
          tensor.name() + " is stored in " + tensor.type() + "; F32, F16 and BF16 can be read.");
    }
    inOrder.add(tensor);
  }

  /** The tensor of a slot, if the file has it in that shape; null if it has not. */
  static Safetensors.@Nullable Tensor find(Safetensors file, BertLayout.Slot slot) {
    BertWeights weights = new BertWeights(file);
    if (weights.find(slot.name()) == null) {
      return null;
    }
    weights.one(slot.name(), slot.shape());
    return weights.inOrder.get(0);
  }

  private Safetensors.@Nullable Tensor find(String name) {
    String old =
        name.replace("LayerNorm.weight", "LayerNorm.gamma")
            .replace("LayerNorm.bias", "LayerNorm.beta");
    for (String candidate : List.of("bert." + name, name, "bert." + old, old)) {
      Safetensors.Tensor tensor = file.find(candidate);
      if (tensor != null) {
        return tensor;
      }
    }
    return null;
  }

  private String complaint() {
    if (missing.stream().allMatch(name -> name.startsWith("classifier."))) {
      return "has no classifier.weight: an encoder without a classification head gives no"
          + " priorities. Fine-tune it on labelled tickets first.";
    }
    int found = inOrder.size();
    return "lacks "
        + missing.size()
        + " of the "
        + (missing.size() + found)
        + " tensors of a BERT classifier, the first being "
        + missing.get(0)
        + ".";
  }
}
