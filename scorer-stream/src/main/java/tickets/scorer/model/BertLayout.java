package tickets.scorer.model;

import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The tensors of a BERT classifier in the order that the graph takes them in (see {@code
 * src/main/torchscript/bert_classifier.py}).
 */
final class BertLayout {
  private final List<Slot> slots = new ArrayList<>();

  private BertLayout() {}

  /**
   * One of them.
   *
   * @param name as Hugging Face has it, without {@code bert.} in front
   */
  record Slot(String name, int... shape) {
    boolean isMatrix() {
      return shape.length > 1;
    }

    long size() {
      return Arrays.stream(shape).asLongStream().reduce(1, Math::multiplyExact);
    }

    Shape djlShape() {
      return new Shape(Arrays.stream(shape).asLongStream().toArray());
    }

    /** As Hugging Face writes a classifier's file. */
    String savedName() {
      return name.startsWith("classifier.") ? name : "bert." + name;
    }
  }

  static List<Slot> of(BertShape shape, int labels) {
    BertLayout layout = new BertLayout();
    int width = shape.width();
    layout.one("embeddings.word_embeddings.weight", shape.vocabulary(), width);
    layout.one("embeddings.position_embeddings.weight", shape.positions(), width);
    layout.one("embeddings.token_type_embeddings.weight", shape.tokenTypes(), width);
    layout.both("embeddings.LayerNorm", width);
    for (int i = 0; i < shape.layers(); i++) {
      String layer = "encoder.layer." + i + ".";
      layout.both(layer + "attention.self.query", width, width);
      layout.both(layer + "attention.self.key", width, width);
      layout.both(layer + "attention.self.value", width, width);
      layout.both(layer + "attention.output.dense", width, width);
      layout.both(layer + "attention.output.LayerNorm", width);
      layout.both(layer + "intermediate.dense", shape.inner(), width);
      layout.both(layer + "output.dense", width, shape.inner());
      layout.both(layer + "output.LayerNorm", width);
    }
    layout.both("pooler.dense", width, width);
    layout.both("classifier", labels, width);
    return List.copyOf(layout.slots);
  }

  /** Weight and bias; the weight has these dimensions, the bias the first of them. */
  private void both(String name, int... shape) {
    one(name + ".weight", shape);
    one(name + ".bias", shape[0]);
  }

  private void one(String name, int... shape) {
    slots.add(new Slot(name, shape));
  }
}
