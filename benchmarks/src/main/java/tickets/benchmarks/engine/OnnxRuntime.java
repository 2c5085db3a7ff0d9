package tickets.benchmarks.engine;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.IOException;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * ONNX Runtime, given its due: the same tokens, sorted by length, one native thread for each thread
 * that calls, and batches of the size it is best at.
 */
final class OnnxRuntime implements Contestant.Batched {

  /** The window of the bundled model, and how a longer text is cut there. */
  private static final int WINDOW = 256;

  private static final int TAIL = 64;

  private final String name;
  private int batch = 1;
  private final HuggingFaceTokenizer tokenizer;
  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final OrtSession session;

  OnnxRuntime(Path onnx, Path tokenizerJson) {
    name = "ONNX Runtime " + onnx.getFileName();
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(1);
      options.setInterOpNumThreads(1);
      options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
      session = environment.createSession(onnx.toString(), options);
      tokenizer =
          HuggingFaceTokenizer.newInstance(
              tokenizerJson, Map.of("truncation", "false", "padding", "false"));
    } catch (OrtException | IOException e) {
      throw new IllegalStateException(onnx + " cannot be run: " + e.getMessage(), e);
    }
  }

  @Override
  public Who who() {
    return new Who(name + ", batches of " + batch, "", "");
  }

  @Override
  public void batchesOf(int tickets) {
    batch = tickets;
  }

  @Override
  public Work score(List<String> texts) {
    long start = System.nanoTime();
    List<long[]> sequences = new ArrayList<>(texts.size());
    for (String text : texts) {
      Encoding encoding = tokenizer.encode(text, true, false);
      sequences.add(cut(encoding.getIds()));
    }
    long tokenising = System.nanoTime() - start;
    sequences.sort(Comparator.comparingInt(ids -> ids.length));
    long tokens = 0;
    long padded = 0;
    for (int from = 0; from < sequences.size(); from += batch) {
      List<long[]> rows = sequences.subList(from, Math.min(sequences.size(), from + batch));
      tokens += rows.stream().mapToLong(ids -> ids.length).sum();
      padded += pass(rows);
    }
    return new Work(tokens, padded, tokenising);
  }

  private static long[] cut(long[] ids) {
    if (ids.length <= WINDOW) {
      return ids;
    }
    long[] cut = Arrays.copyOf(ids, WINDOW);
    System.arraycopy(ids, ids.length - TAIL, cut, WINDOW - TAIL, TAIL);
    return cut;
  }

  @Override
  public Answer answer(String text) {
    float[] logits = run(List.of(cut(tokenizer.encode(text, true, false).getIds())))[0];
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit);
    }
    List<Double> probabilities = new ArrayList<>();
    for (float logit : logits) {
      probabilities.add(Math.exp(logit) / sum);
    }
    return Answer.mostProbable(probabilities);
  }

  /** How many tokens that was, with padding. */
  private long pass(List<long[]> rows) {
    if (run(rows).length != rows.size()) {
      throw new IllegalStateException("Not all of a batch was answered");
    }
    return (long) rows.size() * rows.get(rows.size() - 1).length;
  }

  /** Logits, one row a ticket; the last row must be the longest. */
  private float[][] run(List<long[]> rows) {
    int width = rows.get(rows.size() - 1).length;
    long[] ids = new long[rows.size() * width];
    long[] mask = new long[ids.length];
    for (int i = 0; i < rows.size(); i++) {
      System.arraycopy(rows.get(i), 0, ids, i * width, rows.get(i).length);
      Arrays.fill(mask, i * width, i * width + rows.get(i).length, 1);
    }
    long[] shape = {rows.size(), width};
    try (OnnxTensor idTensor = OnnxTensor.createTensor(environment, LongBuffer.wrap(ids), shape);
        OnnxTensor maskTensor = OnnxTensor.createTensor(environment, LongBuffer.wrap(mask), shape);
        OrtSession.Result result =
            session.run(Map.of("input_ids", idTensor, "attention_mask", maskTensor))) {
      return (float[][]) result.get(0).getValue();
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    tokenizer.close();
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }
}
