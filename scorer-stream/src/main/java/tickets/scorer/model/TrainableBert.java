package tickets.scorer.model;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/**
 * A BERT classifier that learns: the graph that serves, its plain and differentiable side, with
 * weights in fp32 and AdamW. Not for several threads.
 *
 * <p>What is learnt hangs on the {@link Method}; all the rest stays as the base has it.
 */
public final class TrainableBert implements AutoCloseable {

  /** What learns. */
  public enum Method {
    /** Every weight. */
    FULL,
    /** Low-rank changes of some of the encoder's products, and pooler and classifier. */
    LORA,
    /** Pooler and classifier; the encoder's answer to each ticket is worked out once. */
    HEAD
  }

  /**
   * @param rank of a change, 1 or more
   * @param alpha a change counts alpha / rank times
   * @param targets ends of the names of the products that are changed, as query
   */
  public record Lora(int rank, double alpha, List<String> targets) {
    double scale() {
      return alpha / rank;
    }
  }

  /**
   * @param lora with LORA only
   * @param dropout 0 to below 1
   * @param bf16 whether the layers' products are bf16
   * @param weightDecay of matrices; biases and layer norms do not decay
   * @param clip the longest that the gradient of a step may be; 0: any
   * @param seed of new weights and of dropout
   */
  public record Settings(
      Method method,
      Lora lora,
      double dropout,
      boolean bf16,
      double weightDecay,
      double clip,
      long seed) {}

  /**
   * Tickets to learn from at once.
   *
   * @param sequences tokens of each
   * @param targets of each, the wished probability of each label
   * @param weights how much each counts
   */
  public record Lesson(List<int[]> sequences, float[][] targets, float[] weights) {}

  /**
   * A weight's place in the graph's list.
   *
   * @param name as Hugging Face has it, without {@code bert.} in front
   */
  private record Slot(String name, int... shape) {
    boolean isMatrix() {
      return shape.length > 1;
    }

    Shape djlShape() {
      return new Shape(Arrays.stream(shape).asLongStream().toArray());
    }

    /** As Hugging Face writes a classifier's file. */
    String savedName() {
      return name.startsWith(CLASSIFIER) ? name : "bert." + name;
    }
  }

  /** A weight that learns, and what AdamW remembers of it. */
  private record Learnt(String name, NDArray weight, NDArray mean, NDArray variance) {}

  private static final String POOLER = "pooler.dense.";
  private static final String CLASSIFIER = "classifier.";

  private static final double BETA1 = 0.9;
  private static final double BETA2 = 0.999;
  private static final double EPSILON = 1e-8;

  /** Of BERT's own initialisation. */
  private static final double NEW_WEIGHT_DEVIATION = 0.02;

  /** Padded tokens of a pass that only looks. */
  private static final int LOOKING_LIMIT = 8_192;

  private final Model graph;
  private final NDManager memory;
  private final Settings settings;
  private final int labels;
  private final List<Slot> layout = new ArrayList<>();
  private final List<NDArray> weights = new ArrayList<>();
  private final Map<String, NDArray> down = new LinkedHashMap<>();
  private final Map<String, NDArray> up = new LinkedHashMap<>();
  private final List<Learnt> learnt = new ArrayList<>();
  private final Map<int[], float[]> features = new IdentityHashMap<>();
  private final NDManager onProcessor;
  private final NDArray learning;
  private final NDArray looking;
  private long steps;
  private long passes;

  private TrainableBert(Model graph, BertShape shape, int labels, Settings settings) {
    this.graph = graph;
    this.memory = graph.getNDManager();
    this.settings = settings;
    this.labels = labels;
    // Read by the processor alone: on a GPU each would be a wait for what runs there.
    onProcessor = memory.newSubManager(Device.cpu());
    learning = settings(onProcessor, shape, settings.dropout(), settings.bf16());
    looking = settings(onProcessor, shape, 0, settings.bf16());
  }

  private static NDArray settings(
      NDManager onProcessor, BertShape shape, double dropout, boolean bf16) {
    return onProcessor.create(
        new float[] {
          shape.heads(),
          (float) shape.epsilon(),
          shape.activation().code,
          (float) dropout,
          bf16 ? 1 : 0
        });
  }

  /**
   * What a directory to go on from says of itself.
   *
   * @param positions the longest sequence it can read, in tokens
   * @param classifier whether it tells labels apart already, and so has a manifest
   * @param config its config.json
   * @param tokenizer the files that make up its tokenizer
   */
  public record Base(int positions, boolean classifier, Path config, List<Path> tokenizer) {
    /**
     * @throws UnusableModel if it is no BERT
     */
    public static Base read(Path directory) {
      ModelFiles files = ModelFiles.find(directory);
      JsonNode config = ModelManifest.readJson(files.config());
      return new Base(
          BertShape.read(config, files.config()).positions(),
          config.path("architectures").path(0).asString("").equals(BertShape.ARCHITECTURE)
              || files.adapter(),
          files.config(),
          Stream.of(files.tokenizer(), files.vocabulary(), files.tokenizerSettings())
              .filter(Files::exists)
              .toList());
    }
  }

  /**
   * Whether this machine learns faster with products in bf16: a processor that multiplies them
   * does; a GPU had the bundled encoder's tickets in half the time in fp32
   * (benchmarks/results/gpu), probably as converting each product's weights takes launches.
   */
  public static boolean isFasterInBf16() {
    return !BertPriorityModel.gpuFound() && Precision.multipliesBf16(Precision.processorFlags());
  }

  /**
   * @param directory an encoder or a classifier in Hugging Face layout
   * @param labels how many the new classifier tells apart
   * @param keepClassifier whether the directory's own classifier goes on; else a new one begins
   * @throws UnusableModel if it is no BERT, or a part of one
   */
  public static TrainableBert open(
      Path directory, int labels, boolean keepClassifier, Settings settings) {
    boolean gpu = BertPriorityModel.gpuFound();
    // PyTorch would rewrite the graph for the first sizes that it meets: another order of
    // additions, so that a run that
    // goes on after a stop would not come to the same, and minutes of rewriting for batches that
    // are all of other sizes.
    JniUtils.setGraphExecutorOptimize(false);
    try (BertCheckpoint base = BertCheckpoint.open(directory)) {
      Model graph = BertPriorityModel.graph(gpu ? Device.gpu() : Device.cpu());
      TrainableBert model = new TrainableBert(graph, base.shape(), labels, settings);
      try {
        model.take(base, keepClassifier);
        model.choose();
        return model;
      } catch (RuntimeException e) {
        model.close();
        throw e;
      }
    }
  }

  private void take(BertCheckpoint base, boolean keepClassifier) {
    Random random = new Random(settings.seed());
    for (String name : base.names()) {
      if (!name.startsWith(CLASSIFIER) && !name.startsWith(POOLER)) {
        take(new Slot(name, base.dimensions(name)), base.floats(name));
      }
    }
    int width = base.shape().width();
    List<Slot> head =
        List.of(
            new Slot(POOLER + "weight", width, width),
            new Slot(POOLER + "bias", width),
            new Slot(CLASSIFIER + "weight", labels, width),
            new Slot(CLASSIFIER + "bias", labels));
    for (Slot slot : head) {
      boolean kept =
          base.names().contains(slot.name()) && (keepClassifier || slot.name().startsWith(POOLER));
      take(slot, kept ? base.floats(slot.name()) : fresh(slot, random));
    }
  }

  private void take(Slot slot, float[] values) {
    NDArray weight = memory.create(values, slot.djlShape());
    weight.setName("weights[]");
    layout.add(slot);
    weights.add(weight);
  }

  private static float[] fresh(Slot slot, Random random) {
    float[] values = new float[(int) slot.djlShape().size()];
    if (slot.isMatrix()) {
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) (random.nextGaussian() * NEW_WEIGHT_DEVIATION);
      }
    }
    return values;
  }

  /** Which weights learn. */
  private void choose() {
    Random random = new Random(settings.seed() + 1);
    for (int i = 0; i < layout.size(); i++) {
      Slot slot = layout.get(i);
      boolean head = slot.name().startsWith(CLASSIFIER) || slot.name().startsWith(POOLER);
      if (head || settings.method() == Method.FULL) {
        learn(slot.name(), weights.get(i));
      } else if (settings.method() == Method.LORA && isTarget(slot)) {
        Lora lora = settings.lora();
        // As PEFT begins: A at random, B nothing, so that the first step finds the base as it is.
        float[] a = new float[lora.rank() * slot.shape()[1]];
        double deviation = 1 / Math.sqrt(3.0 * slot.shape()[1]);
        for (int j = 0; j < a.length; j++) {
          a[j] = (float) (random.nextGaussian() * deviation);
        }
        NDArray first = memory.create(a, new Shape(lora.rank(), slot.shape()[1]));
        NDArray second = memory.zeros(new Shape(slot.shape()[0], lora.rank()));
        down.put(slot.name(), first);
        up.put(slot.name(), second);
        learn(slot.name() + " A", first);
        learn(slot.name() + " B", second);
      }
    }
    if (settings.method() == Method.LORA && down.isEmpty()) {
      throw new UnusableModel(
          "No product of this model ends in one of "
              + settings.lora().targets()
              + ". There are query, key, value, attention.output.dense, intermediate.dense and"
              + " output.dense.");
    }
  }

  private boolean isTarget(Slot slot) {
    return slot.isMatrix()
        && slot.name().startsWith("encoder.")
        && settings.lora().targets().stream()
            .anyMatch(target -> slot.name().endsWith("." + target + ".weight"));
  }

  private void learn(String name, NDArray weight) {
    weight.setRequiresGradient(true);
    learnt.add(
        new Learnt(name, weight, memory.zeros(weight.getShape()), memory.zeros(weight.getShape())));
  }

  /** Rows of the table of token types, as config.json must have them. */
  public int tokenTypes() {
    return layout.get(2).shape()[0];
  }

  /** How many numbers learn. */
  public long learntCount() {
    return learnt.stream().mapToLong(one -> one.weight().getShape().size()).sum();
  }

  /** How many numbers the model has. */
  public long count() {
    return weights.stream().mapToLong(weight -> weight.getShape().size()).sum();
  }

  /**
   * Adds to the gradient what these tickets say.
   *
   * @param normaliser what the sum of the tickets' losses is divided by: the weights of the whole
   *     step, so that a step can be learnt in parts
   * @param focus exponent of the focal loss, 0 for plain cross entropy
   * @return this part of the step's loss
   */
  public double learn(Lesson lesson, double normaliser, double focus) {
    seedNextPass();
    List<float[]> known = settings.method() == Method.HEAD ? features(lesson.sequences()) : null;
    try (NDManager pass = memory.newSubManager();
        NDScope scope = new NDScope();
        GradientCollector collector = engine().newGradientCollector()) {
      scope.suppressNotUsedWarning();
      NDArray logits =
          known == null
              ? forward(pass, TokenBatch.of(lesson.sequences()), true)
              : head(pass, known, settings.dropout());
      NDArray targets = matrix(pass, lesson.targets());
      NDArray counts = pass.create(shares(lesson.weights(), normaliser));
      NDArray surprise = logits.logSoftmax(1).mul(targets).sum(new int[] {1}).neg();
      if (focus > 0) {
        // What the model is sure of counts less.
        NDArray sure = surprise.neg().exp();
        surprise = surprise.mul(sure.neg().add(1).clip(0, 1).pow(focus));
      }
      NDArray loss = surprise.mul(counts).sum();
      collector.backward(loss);
      return loss.getFloat();
    } catch (EngineException e) {
      throw new ModelFailure("The engine failed while it learnt: " + e.getMessage(), e);
    }
  }

  private static float[] shares(float[] weights, double of) {
    float[] shares = new float[weights.length];
    for (int i = 0; i < shares.length; i++) {
      shares[i] = (float) (weights[i] / of);
    }
    return shares;
  }

  /**
   * So that a run that goes on after a stop drops the same connections as one that never stopped.
   */
  private void seedNextPass() {
    passes++;
    engine().setRandomSeed((int) (settings.seed() * 1_000_003 + passes));
  }

  /**
   * One step of AdamW along the gradient, which is nothing afterwards.
   *
   * @return length of the gradient before it was clipped; NaN if it was no number, and no step was
   *     made
   */
  public double step(double learningRate) {
    try (NDManager pass = memory.newSubManager();
        NDManager ofStep = onProcessor.newSubManager();
        NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      double squares = 0;
      for (Learnt one : learnt) {
        NDList sum =
            BertPriorityModel.call(graph, pass, "squares", new NDList(one.weight().getGradient()));
        squares += sum.head().toFloatArray()[0];
      }
      double length = Math.sqrt(squares);
      if (!Double.isFinite(length)) {
        for (Learnt one : learnt) {
          NDArray gradient = one.weight().getGradient();
          put(pass, gradient, pass.zeros(gradient.getShape()));
        }
        return Double.NaN;
      }
      steps++;
      double clip = settings.clip();
      double factor = clip > 0 && length > clip ? clip / length : 1;
      for (Learnt one : learnt) {
        boolean decays = one.weight().getShape().dimension() > 1;
        NDArray how =
            ofStep.create(
                new float[] {
                  (float) learningRate,
                  decays ? (float) settings.weightDecay() : 0,
                  (float) BETA1,
                  (float) BETA2,
                  (float) EPSILON,
                  steps,
                  (float) factor
                });
        String name = one.weight().getName();
        one.weight().setName(null);
        BertPriorityModel.call(
            graph,
            pass,
            "adamw",
            new NDList(one.weight(), one.weight().getGradient(), one.mean(), one.variance(), how));
        one.weight().setName(name);
      }
      return length;
    } catch (EngineException e) {
      throw new ModelFailure("The engine failed at a step: " + e.getMessage(), e);
    }
  }

  /**
   * What the model says now, without dropout.
   *
   * @return logits of each ticket, in their order
   */
  public float[][] logits(List<int[]> sequences) {
    float[][] rows = new float[sequences.size()][];
    if (settings.method() == Method.HEAD) {
      List<float[]> known = features(sequences);
      try (NDManager pass = memory.newSubManager();
          NDScope scope = new NDScope()) {
        scope.suppressNotUsedWarning();
        fill(rows, head(pass, known, 0).toFloatArray());
      }
      return rows;
    }
    for (TokenBatch batch : TokenBatch.cut(sequences, LOOKING_LIMIT, 64)) {
      try (NDManager pass = memory.newSubManager();
          NDScope scope = new NDScope()) {
        scope.suppressNotUsedWarning();
        float[] flat = forward(pass, batch, false).toFloatArray();
        for (int row = 0; row < batch.size(); row++) {
          float[] logits = Arrays.copyOfRange(flat, row * labels, (row + 1) * labels);
          for (int ticket : batch.tickets(row)) {
            rows[ticket] = logits;
          }
        }
      }
    }
    return rows;
  }

  private void fill(float[][] rows, float[] flat) {
    for (int i = 0; i < rows.length; i++) {
      rows[i] = Arrays.copyOfRange(flat, i * labels, (i + 1) * labels);
    }
  }

  private NDArray forward(NDManager pass, TokenBatch batch, boolean learns) {
    NDList arguments = BertPriorityModel.arguments(pass, batch);
    for (int i = 0; i < arguments.size(); i++) {
      arguments.set(i, arguments.get(i).toDevice(memory.getDevice(), false));
    }
    arguments.add(learns ? learning : looking);
    for (int i = 0; i < weights.size(); i++) {
      NDArray weight = effective(i);
      weight.setName("weights[]");
      arguments.add(weight);
    }
    // Always as if it learnt: DJL's other way makes tensors that later learning refuses. Without a
    // collector no gradient
    // is kept.
    return graph.getBlock().forward(new ParameterStore(pass, false), arguments, true).head();
  }

  /** A weight with what LoRA has learnt. */
  private NDArray effective(int i) {
    String name = layout.get(i).name();
    NDArray a = down.get(name);
    NDArray b = up.get(name);
    return a == null || b == null
        ? weights.get(i)
        : b.matMul(a).mul(settings.lora().scale()).add(weights.get(i));
  }

  /** Pooler and classifier, on what the encoder made of tickets. */
  private NDArray head(NDManager pass, List<float[]> known, double dropout) {
    int last = weights.size();
    NDArray pooled =
        matrix(pass, known.toArray(float[][]::new))
            .matMul(weights.get(last - 4).transpose())
            .add(weights.get(last - 3))
            .tanh();
    if (dropout > 0) {
      NDArray kept = pass.randomUniform(0, 1, pooled.getShape()).gte(dropout);
      pooled = pooled.mul(kept.toType(DataType.FLOAT32, false)).div(1 - dropout);
    }
    return pooled.matMul(weights.get(last - 2).transpose()).add(weights.get(last - 1));
  }

  /** The encoder does not learn: each ticket goes through it once. */
  private List<float[]> features(List<int[]> sequences) {
    List<int[]> unknown =
        sequences.stream().filter(sequence -> !features.containsKey(sequence)).toList();
    if (!unknown.isEmpty()) {
      if (features.isEmpty()) {
        prepare();
      }
      for (TokenBatch batch : TokenBatch.cut(unknown, LOOKING_LIMIT, 64)) {
        try (NDManager pass = memory.newSubManager()) {
          NDList arguments = BertPriorityModel.arguments(pass, batch);
          for (int i = 0; i < arguments.size(); i++) {
            arguments.set(i, arguments.get(i).toDevice(memory.getDevice(), false));
          }
          float[] flat =
              BertPriorityModel.call(graph, pass, "features", arguments).head().toFloatArray();
          int width = flat.length / batch.size();
          for (int row = 0; row < batch.size(); row++) {
            float[] one = Arrays.copyOfRange(flat, row * width, (row + 1) * width);
            for (int ticket : batch.tickets(row)) {
              features.put(unknown.get(ticket), one);
            }
          }
        }
      }
    }
    return sequences.stream().map(features::get).toList();
  }

  /** Packs the encoder as for serving. */
  private void prepare() {
    try (NDManager loading = memory.newSubManager();
        NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      boolean cpu = !memory.getDevice().isGpu();
      float[] how = BertPriorityModel.how(cpu, settings.bf16(), 0, Precision.processorFlags());
      NDList arguments = new NDList(looking, loading.create(how));
      arguments.addAll(weights);
      BertPriorityModel.call(graph, loading, "prepare", arguments);
    }
  }

  private static NDArray matrix(NDManager pass, float[][] rows) {
    float[] flat = new float[rows.length * rows[0].length];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(rows[i], 0, flat, i * rows[0].length, rows[0].length);
    }
    return pass.create(flat, new Shape(rows.length, rows[0].length));
  }

  // ---------------------------------------------------------------- files

  /**
   * Writes the weights as Hugging Face names them, changes of LoRA merged.
   *
   * @param half in fp16 rather than fp32
   */
  public void save(Path file, boolean half) throws IOException {
    SafetensorsWriter writer = new SafetensorsWriter();
    for (int i = 0; i < layout.size(); i++) {
      int index = i;
      Slot slot = layout.get(i);
      writer.add(entry(slot.savedName(), slot.shape(), half, () -> effective(index)));
    }
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      writer.write(file);
    }
  }

  /** Writes what LoRA has learnt as PEFT names it, in fp32. */
  public void saveAdapter(Path file) throws IOException {
    SafetensorsWriter writer = new SafetensorsWriter();
    String front = "base_model.model.";
    down.forEach(
        (name, a) -> {
          String product = front + "bert." + name.substring(0, name.length() - ".weight".length());
          NDArray b = up.get(name);
          writer.add(entry(product + ".lora_A.weight", shape(a), false, () -> a));
          if (b != null) {
            writer.add(entry(product + ".lora_B.weight", shape(b), false, () -> b));
          }
        });
    for (int i = layout.size() - 4; i < layout.size(); i++) {
      NDArray weight = weights.get(i);
      writer.add(entry(front + layout.get(i).savedName(), shape(weight), false, () -> weight));
    }
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      writer.write(file);
    }
  }

  private static int[] shape(NDArray array) {
    return Arrays.stream(array.getShape().getShape()).mapToInt(Math::toIntExact).toArray();
  }

  private interface Source {
    NDArray get();
  }

  private static SafetensorsWriter.Entry entry(
      String name, int[] shape, boolean half, Source source) {
    return new SafetensorsWriter.Entry(
        name,
        half ? "F16" : "F32",
        Arrays.stream(shape).mapToObj(Long::valueOf).toList(),
        () ->
            source
                .get()
                .toType(half ? DataType.FLOAT16 : DataType.FLOAT32, false)
                .toByteBuffer()
                .order(ByteOrder.LITTLE_ENDIAN));
  }

  /**
   * Writes what was learnt.
   *
   * @param moments whether learning is to go on from it
   */
  public void checkpoint(Path file, boolean moments) throws IOException {
    SafetensorsWriter writer = new SafetensorsWriter();
    for (Learnt one : learnt) {
      int[] shape = shape(one.weight());
      writer.add(entry("weight " + one.name(), shape, false, one::weight));
      if (moments) {
        writer.add(entry("mean " + one.name(), shape, false, one::mean));
        writer.add(entry("variance " + one.name(), shape, false, one::variance));
      }
    }
    float[] numbers = {steps, passes};
    writer.add(
        new SafetensorsWriter.Entry(
            "progress",
            "F32",
            List.of(2L),
            () -> {
              ByteBuffer both = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
              return both.putFloat(numbers[0]).putFloat(numbers[1]).flip();
            }));
    writer.write(file);
  }

  /**
   * Goes back to what {@link #checkpoint} wrote.
   *
   * @param moments whether learning is to go on; else only the weights count
   * @throws UnusableModel if it is not of this model and method
   */
  public void resume(Path file, boolean moments) {
    try (Safetensors saved = Safetensors.open(file)) {
      for (Learnt one : learnt) {
        restore(saved, "weight " + one.name(), one.weight());
        if (moments) {
          restore(saved, "mean " + one.name(), one.mean());
          restore(saved, "variance " + one.name(), one.variance());
        }
      }
      Safetensors.Tensor progress = saved.find("progress");
      if (progress != null && moments) {
        ByteBuffer both = saved.data(progress);
        steps = (long) both.getFloat();
        passes = (long) both.getFloat();
      }
    }
  }

  private void put(NDManager pass, NDArray into, NDArray value) {
    String name = into.getName();
    into.setName(null);
    BertPriorityModel.call(
        graph, pass, "put", new NDList(into, value.toDevice(into.getDevice(), false)));
    into.setName(name);
  }

  private void restore(Safetensors saved, String name, NDArray into) {
    Safetensors.Tensor tensor = saved.find(name);
    List<Long> shape = Arrays.stream(into.getShape().getShape()).boxed().toList();
    if (tensor == null || !tensor.shape().equals(shape)) {
      throw UnusableModel.file(saved.file(), "is a checkpoint of another model: " + name + ".");
    }
    try (NDManager loading = memory.newSubManager()) {
      float[] values = new float[(int) into.size()];
      saved.data(tensor).asFloatBuffer().get(values);
      put(loading, into, loading.create(values, into.getShape()));
    }
  }

  private static Engine engine() {
    return Engine.getEngine("PyTorch");
  }

  @Override
  public void close() {
    graph.close();
    JniUtils.setGraphExecutorOptimize(true);
  }
}
