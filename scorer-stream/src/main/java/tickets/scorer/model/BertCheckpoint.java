package tickets.scorer.model;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A BERT as people have it, read into the tensors that the graph takes (see {@code
 * src/main/torchscript/bert_classifier.py}): from one safetensors file or several, with a LoRA
 * adapter merged, an encoder alone or with a classifier.
 *
 * <p>Tensors have Hugging Face's names without {@code bert.} in front. They are read when asked
 * for; those that the network does not need are left alone.
 */
public final class BertCheckpoint implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(BertCheckpoint.class);

  private static final String TOKEN_TYPES = "embeddings.token_type_embeddings.weight";
  private static final String POOLER = "pooler.dense";
  private static final String CLASSIFIER = "classifier";

  private final BertShape shape;
  private final Weights stored;
  private final @Nullable LoraAdapter adapter;

  /** In the graph's order. */
  private final Map<String, Weight> weights = new LinkedHashMap<>();

  private final List<String> missing = new ArrayList<>();

  private BertCheckpoint(BertShape shape, Weights stored, @Nullable LoraAdapter adapter) {
    this.shape = shape;
    this.stored = stored;
    this.adapter = adapter;
  }

  /**
   * Opens an encoder or a classifier: which, {@link #hasPooler} and {@link #labelCount} tell.
   *
   * @throws UnusableModel if it is no BERT that this engine can run, or a tensor of the encoder is
   *     missing, of another shape than the configuration says or of a type that is not read
   */
  public static BertCheckpoint open(Path directory) {
    ModelFiles files = ModelFiles.find(directory);
    BertShape shape = BertShape.read(ModelManifest.readJson(files.config()), files.config());
    Weights stored = Weights.open(files.weights());
    LoraAdapter adapter = null;
    try {
      adapter = files.adapter() ? LoraAdapter.open(directory) : null;
      BertCheckpoint checkpoint = new BertCheckpoint(shape, stored, adapter);
      checkpoint.take();
      return checkpoint;
    } catch (RuntimeException e) {
      if (adapter != null) {
        adapter.close();
      }
      stored.close();
      throw e;
    }
  }

  public BertShape shape() {
    return shape;
  }

  /** Whether the tensors between [CLS] and the classifier are there. */
  public boolean hasPooler() {
    return weights.containsKey(POOLER + ".weight");
  }

  /** How many labels its classifier tells apart; 0 for an encoder without one. */
  public int labelCount() {
    Weight classifier = weights.get(CLASSIFIER + ".weight");
    return classifier == null ? 0 : classifier.shape().get(0).intValue();
  }

  /**
   * The tensors that are there, in the order that the graph takes them in: the encoder's, then the
   * pooler's and the classifier's if it has them.
   */
  public List<String> names() {
    return List.copyOf(weights.keySet());
  }

  /** Rows, or rows and columns. */
  public int[] dimensions(String name) {
    return get(name).shape().stream().mapToInt(Long::intValue).toArray();
  }

  /** All numbers of a tensor in fp32, row after row; worked out anew by each call. */
  public float[] floats(String name) {
    return get(name).floats();
  }

  private Weight get(String name) {
    Weight weight = weights.get(name);
    if (weight == null) {
      throw new IllegalArgumentException(stored.place() + ": has no " + name);
    }
    return weight;
  }

  /**
   * All that the graph takes to score.
   *
   * @param labels as many as the configuration names
   * @throws UnusableModel if it lacks a pooler or a classifier, or has another number of labels
   */
  List<Weight> classifier(int labels) {
    if (labelCount() == 0) {
      throw UnusableModel.file(
          stored.place(),
          "has no classifier.weight: an encoder without a classification head gives no"
              + " priorities. Fine-tune it on labelled tickets first: models/fine-tune.");
    }
    if (labelCount() != labels) {
      throw UnusableModel.file(
          stored.place(),
          "its classifier has " + labelCount() + " labels, but config.json names " + labels + ".");
    }
    if (!hasPooler()) {
      throw UnusableModel.file(
          stored.place(),
          "has a classifier without the pooler (pooler.dense.weight) that it reads [CLS] through;"
              + " Hugging Face would make one up at random. Save the model with its pooler, or"
              + " fine-tune it on labelled tickets, which makes a new one: models/fine-tune.");
    }
    return List.copyOf(weights.values());
  }

  private void take() {
    int width = shape.width();
    one("embeddings.word_embeddings.weight", shape.vocabulary(), width);
    one("embeddings.position_embeddings.weight", shape.positions(), width);
    takeTokenTypes();
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
    ifThere(POOLER, width, width);
    Weight classifier = find(CLASSIFIER + ".weight");
    int labels =
        classifier == null || classifier.shape().isEmpty()
            ? 1
            : (int) Math.min(Integer.MAX_VALUE, classifier.shape().get(0));
    ifThere(CLASSIFIER, labels, width);
    if (!missing.isEmpty()) {
      throw UnusableModel.file(
          stored.place(),
          "lacks "
              + missing.size()
              + " of the "
              + (5 + 16 * shape.layers() + 4)
              + " tensors of a BERT classifier, the first being "
              + missing.get(0)
              + ".");
    }
    if (adapter != null) {
      adapter.requireAllUsed();
    }
  }

  /** All tickets are of type 0. A BERT without types adds nothing for it: zeros. */
  private void takeTokenTypes() {
    if (shape.tokenTypes() > 0 && find(TOKEN_TYPES) != null) {
      one(TOKEN_TYPES, shape.tokenTypes(), shape.width());
      return;
    }
    if (shape.tokenTypes() > 0) {
      log.warn(
          "{} has no {}, though config.json speaks of {} types: none is added",
          stored.place(),
          TOKEN_TYPES,
          shape.tokenTypes());
    }
    weights.put(
        TOKEN_TYPES,
        Weight.of(
            TOKEN_TYPES,
            List.of(1L, (long) shape.width()),
            stored.place(),
            new float[shape.width()]));
  }

  /** Weight and bias, or neither of them. */
  private void ifThere(String name, int... dimensions) {
    if (find(name + ".weight") != null || find(name + ".bias") != null) {
      both(name, dimensions);
    }
  }

  /** Weight and bias; the weight has these dimensions, the bias the first of them. */
  private void both(String name, int... dimensions) {
    one(name + ".weight", dimensions);
    one(name + ".bias", dimensions[0]);
  }

  private void one(String name, int... dimensions) {
    Weight weight = find(name);
    if (weight == null) {
      missing.add(name);
      return;
    }
    List<Long> wanted = new ArrayList<>();
    for (int dimension : dimensions) {
      wanted.add((long) dimension);
    }
    if (!weight.shape().equals(wanted)) {
      throw UnusableModel.file(
          weight.file(),
          name
              + " has the shape "
              + weight.shape()
              + ", but config.json asks for "
              + wanted
              + ". The two are not of one model.");
    }
    weights.put(name, adapter == null ? weight : adapter.merged(weight));
  }

  private @Nullable Weight find(String name) {
    Weight replacement = adapter == null ? null : adapter.replacement(name);
    return replacement == null ? stored.find(name) : replacement;
  }

  @Override
  public void close() {
    stored.close();
    if (adapter != null) {
      adapter.close();
    }
  }
}
