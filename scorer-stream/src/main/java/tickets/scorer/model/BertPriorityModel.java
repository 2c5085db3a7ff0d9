package tickets.scorer.model;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.IntBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tickets.contract.Sha256;
import tickets.scorer.model.KeptCalibration.Measured;

/**
 * [8] of a ticket's path: BERT in PyTorch, through DJL.
 *
 * <p>The network is one compiled graph, a resource, that fits any BERT classifier; the checkpoint's
 * weights are handed to it here. On a CPU it packs them for the matrix units, on a GPU it moves
 * them there. This is the only class of the package that knows DJL's engine.
 */
public final class BertPriorityModel implements PriorityModel {
  private static final Logger log = LoggerFactory.getLogger(BertPriorityModel.class);

  private static final String GRAPH = "bert-classifier.pt";

  private final Model graph;
  private final NDManager memory;
  private final int labels;
  private final int maxTokens;
  private final int vocabulary;
  private final boolean unpadded;

  // Freed memory must never be read: it would take the JVM with it.
  private final ReadWriteLock open = new ReentrantReadWriteLock();
  private boolean closed;

  private BertPriorityModel(
      Model graph, BertShape shape, int labels, int maxTokens, boolean unpadded) {
    this.graph = graph;
    this.memory = graph.getNDManager();
    this.labels = labels;
    this.maxTokens = maxTokens;
    this.vocabulary = shape.vocabulary();
    this.unpadded = unpadded;
  }

  /** What to try on this machine for a wish, the quickest first. */
  static List<Precision> choices(Precision wanted) {
    return gpuFound() ? wanted.onGpu() : wanted.on(Precision.processorFlags());
  }

  /**
   * @param manifest of the same directory; its precision decides
   * @param tokenizer of the same directory: int8 is fitted with real texts
   * @param kept what an earlier start may have left of that
   * @throws UnusableModel if the weights are damaged, or are not those of the configuration, or
   *     int8 changes too much
   */
  static BertPriorityModel load(
      Path directory, ModelManifest manifest, TicketTokenizer tokenizer, KeptCalibration kept) {
    boolean gpu = gpuFound();
    if (manifest.precision() != Precision.INT8) {
      return load(directory, manifest, gpu, gpu);
    }
    String key = calibrationKey(manifest);
    Measured known = kept.find(key);
    if (known != null) {
      // A model that was refused is refused without being loaded.
      known.requireClose();
    }
    BertPriorityModel model = load(directory, manifest, gpu, gpu);
    try {
      if (known == null || !model.resume(known)) {
        Calibration texts = Calibration.read(directory, manifest.reading(), tokenizer);
        known = model.quantise(texts, manifest.scaling());
        kept.keep(key, known);
        known.requireClose();
      }
      log.info(
          "int8 moves this model's probabilities by {} in the mean ({} is allowed)",
          String.format(Locale.ROOT, "%.4f", known.change()),
          Calibration.MEAN_CHANGE_ALLOWED);
      return model;
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }

  /** All that the ranges, and what int8 changes with them, depend on. */
  static String calibrationKey(ModelManifest manifest) {
    Set<String> flags = Precision.processorFlags();
    Engine engine = Engine.getEngine("PyTorch");
    return KeptCalibration.key(
        // Weights, tokenizer, scaling, and a directory's own calibration texts.
        manifest.digest(),
        Sha256.hex(resource(Calibration.FILE)),
        Sha256.hex(resource(GRAPH)),
        engine.getEngineName() + " " + engine.getVersion() + " " + Engine.getDjlVersion(),
        Integer.toString(Precision.int8Levels(flags)),
        // Kernels are chosen by them, and with them the order of additions.
        String.join(" ", new TreeSet<>(flags)));
  }

  private static byte[] resource(String name) {
    try (InputStream in = BertPriorityModel.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(
            name + " is not in the jar: build it as src/main/torchscript/README.md says.");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new IllegalStateException(name + " cannot be read from the jar", e);
    }
  }

  /**
   * In int8 it scores in fp32 until {@link #quantise}.
   *
   * @param unpadded the way of a GPU, else weights are packed for the CPU; a test may have it
   *     without one
   */
  static BertPriorityModel load(
      Path directory, ModelManifest manifest, boolean gpu, boolean unpadded) {
    int labels = manifest.labels().size();
    try (BertCheckpoint checkpoint = BertCheckpoint.open(directory)) {
      BertShape shape = checkpoint.shape();
      List<Weight> weights = checkpoint.classifier(labels);
      Model graph = graph(gpu ? Device.gpu() : Device.cpu());
      try {
        prepare(graph, shape, manifest.precision(), !unpadded, weights);
        return new BertPriorityModel(graph, shape, labels, manifest.maxTokens(), unpadded);
      } catch (RuntimeException e) {
        graph.close();
        throw e;
      }
    } catch (EngineException e) {
      throw new UnusableModel(directory + ": the engine cannot take this model: " + reason(e), e);
    }
  }

  /** Goes over from fp32 to int8, and measures what that needs and does. */
  Measured quantise(Calibration calibration, Scaling scaling) {
    List<TokenBatch> checked = passes(calibration.checked(), 1);
    float[][] before = rows(checked);
    float[] ranges;
    try (NDManager loading = memory.newSubManager()) {
      for (TokenBatch pass : passes(calibration.fitted(), 1)) {
        call(graph, loading, "observe", arguments(loading, pass));
      }
      ranges = call(graph, loading, "ranges", new NDList()).head().toFloatArray();
    } catch (EngineException e) {
      throw cannotRunInt8(e);
    }
    quantise();
    return new Measured(ranges, Calibration.meanChange(before, rows(checked), scaling));
  }

  /**
   * Goes over from fp32 to int8 with what an earlier start measured.
   *
   * @return false if that does not fit this model, which then scores in fp32 as before
   */
  private boolean resume(Measured known) {
    try (NDManager loading = memory.newSubManager()) {
      call(graph, loading, "resume", new NDList(loading.create(known.ranges())));
    } catch (EngineException e) {
      log.warn("What was kept of int8's calibration does not fit: it is calibrated anew", e);
      return false;
    }
    quantise();
    return true;
  }

  /** With the ranges that the graph knows by now. */
  private void quantise() {
    try (NDManager loading = memory.newSubManager()) {
      call(graph, loading, "quantise", new NDList());
    } catch (EngineException e) {
      throw cannotRunInt8(e);
    }
  }

  private static UnusableModel cannotRunInt8(EngineException e) {
    return new UnusableModel("The engine cannot run int8 here: " + reason(e), e);
  }

  private float[][] rows(List<TokenBatch> passes) {
    return passes.stream().flatMap(pass -> Arrays.stream(logits(pass))).toArray(float[][]::new);
  }

  /** The compiled graph, without weights. */
  static Model graph(Device device) {
    EngineSettings.apply();
    Model graph = Model.newInstance("bert-classifier", device, "PyTorch");
    try {
      graph.load(new ByteArrayInputStream(resource(GRAPH)), Map.of());
      return graph;
    } catch (IOException | MalformedModelException e) {
      graph.close();
      throw new IllegalStateException(
          GRAPH + " cannot be loaded by this engine: " + e.getMessage(), e);
    }
  }

  private static void prepare(
      Model graph, BertShape shape, Precision precision, boolean packed, List<Weight> weights) {
    // Freed at the end: the graph has copies by then.
    try (NDManager loading = graph.getNDManager().newSubManager()) {
      NDList arguments = new NDList(settings(loading, shape, 0));
      Set<String> flags = Precision.processorFlags();
      boolean int8 = precision == Precision.INT8;
      // What int8 leaves to others is theirs in bf16 where that is quicker.
      boolean bf16 = precision == Precision.BF16 || (int8 && Precision.multipliesBf16(flags));
      arguments.add(
          loading.create(how(packed, bf16, int8 ? Precision.int8Levels(flags) : 0, flags)));
      for (Weight weight : weights) {
        NDArray array = array(loading, weight);
        array.setName("weights[]");
        arguments.add(array);
      }
      call(graph, loading, "prepare", arguments);
    }
  }

  /**
   * What {@code prepare} is told.
   *
   * @param packed for a CPU; else for a GPU, which multiplies bf16 itself
   * @param bf16 whether products are worked out in it
   * @param levels of int8, or 0
   */
  static float[] how(boolean packed, boolean bf16, int levels, Set<String> flags) {
    boolean attention = bf16 && (!packed || Precision.attendsInBf16(flags));
    return new float[] {packed ? 1 : 0, bf16 ? 1 : 0, levels, attention ? 1 : 0};
  }

  /** What every method of the graph is told about the network. */
  private static NDArray settings(NDManager manager, BertShape shape, double dropout) {
    return manager.create(
        new float[] {
          shape.heads(), (float) shape.epsilon(), shape.activation().code, (float) dropout
        });
  }

  /**
   * In native memory, in the type of the file but for BF16: DJL's own conversion of that ends the
   * JVM.
   */
  private static NDArray array(NDManager manager, Weight weight) {
    Shape shape = new Shape(weight.shape());
    return switch (weight.type()) {
      case "F32" -> manager.create(weight.bytes(), shape, DataType.FLOAT32);
      case "F16" -> manager.create(weight.bytes(), shape, DataType.FLOAT16);
      default -> manager.create(Weight.bytes(weight.floats()), shape, DataType.FLOAT32);
    };
  }

  static NDList call(Model graph, NDManager manager, String method, NDList arguments) {
    NDArray name = manager.zeros(new Shape(1));
    name.setName("module_method:" + method);
    arguments.add(name);
    return graph.getBlock().forward(new ParameterStore(manager, false), arguments, false);
  }

  @Override
  public int labelCount() {
    return labels;
  }

  @Override
  public int maxTokens() {
    return maxTokens;
  }

  @Override
  public int passLimit() {
    // 1,024 tickets of 64 tokens; four threads of such passes keep an H100 busy
    // (docs/performance.md).
    return unpadded ? 65_536 : PriorityModel.super.passLimit();
  }

  @Override
  public List<TokenBatch> passes(List<int[]> sequences, int cores) {
    return unpadded
        ? TokenBatch.cutUnpadded(sequences, passLimit())
        : PriorityModel.super.passes(sequences, cores);
  }

  @Override
  public boolean onGpu() {
    return unpadded;
  }

  @Override
  public float[][] logits(TokenBatch batch) {
    requireFits(batch);
    open.readLock().lock();
    try {
      if (closed) {
        throw new ModelFailure("The model is closed.");
      }
      return run(batch);
    } catch (EngineException e) {
      throw new ModelFailure(
          "The engine failed on a batch of " + batch.size() + " tickets: " + reason(e), e);
    } finally {
      open.readLock().unlock();
    }
  }

  private float[][] run(TokenBatch batch) {
    int size = batch.size();
    try (NDManager pass = memory.newSubManager(Device.cpu())) {
      NDList answer =
          unpadded
              ? call(graph, pass, "score_unpadded", unpadded(pass, batch))
              : call(graph, pass, "score", arguments(pass, batch));
      float[] flat = answer.head().toFloatArray();
      float[][] logits = new float[size][labels];
      for (int i = 0; i < size; i++) {
        System.arraycopy(flat, i * labels, logits[i], 0, labels);
      }
      return logits;
    }
  }

  static NDList arguments(NDManager manager, TokenBatch batch) {
    int size = batch.size();
    return new NDList(
        manager.create(
            IntBuffer.wrap(batch.padded()), new Shape(size, batch.width()), DataType.INT32),
        manager.create(IntBuffer.wrap(batch.lengths()), new Shape(size), DataType.INT32));
  }

  /** In ordinary memory: the graph copies them through pinned memory, without a wait. */
  private static NDList unpadded(NDManager manager, TokenBatch batch) {
    return new NDList(
        manager.create(
            IntBuffer.wrap(batch.idsAndPositions()), new Shape(2, batch.tokens()), DataType.INT32),
        manager.create(
            IntBuffer.wrap(batch.starts()), new Shape(batch.size() + 1), DataType.INT32));
  }

  /**
   * Checked here, since a GPU that is asked for a token it does not have answers no further call.
   */
  private void requireFits(TokenBatch batch) {
    if (batch.size() == 0 || batch.width() > maxTokens) {
      throw new ModelFailure(
          "A batch has "
              + batch.size()
              + " rows of up to "
              + batch.width()
              + " tokens; the model takes 1 to "
              + maxTokens
              + " tokens.");
    }
    for (int id : batch.padded()) {
      if (id < 0 || id >= vocabulary) {
        throw new ModelFailure(
            "A batch holds the token " + id + "; the model knows 0 to " + (vocabulary - 1) + ".");
      }
    }
  }

  @Override
  public void close() {
    open.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        graph.close();
      }
    } finally {
      open.writeLock().unlock();
    }
  }

  static boolean gpuFound() {
    EngineSettings.apply();
    return Engine.getEngine("PyTorch").getGpuCount() > 0;
  }

  /** PyTorch tells the way first and the reason last. */
  private static String reason(Throwable e) {
    List<String> lines =
        String.valueOf(e.getMessage()).lines().filter(line -> !line.isBlank()).toList();
    return lines.isEmpty() ? e.getClass().getSimpleName() : lines.get(lines.size() - 1).strip();
  }
}
