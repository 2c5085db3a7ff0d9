package tickets.benchmarks.engine;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.inference.Predictor;
import ai.djl.modality.Classifications;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import ai.djl.translate.Batchifier;
import ai.djl.translate.PaddingStackBatchifier;
import ai.djl.translate.TranslateException;
import ai.djl.translate.Translator;
import ai.djl.translate.TranslatorContext;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tickets.contract.EventJson;
import tickets.scorer.model.BertPriorityModel;
import tools.jackson.databind.JsonNode;

/**
 * What a Java team writes that follows DJL's own examples: a predictor with a translator that turns
 * one text into tokens, a batchifier that pads as many as are asked for together, in the order in
 * which they came, fp32 throughout. The graph is ours without its packed weights, so it is even
 * spared most of the last layer.
 */
final class DjlPredictor implements Contestant.Batched {
  private static final int WINDOW = 256;

  private final Model model;
  private final HuggingFaceTokenizer tokenizer;
  private final List<String> labels = new ArrayList<>();
  private int batch = 1;

  /**
   * @param directory the model in Hugging Face layout
   */
  DjlPredictor(Path directory) {
    model = Model.newInstance("bert", Device.cpu(), "PyTorch");
    try (InputStream graph =
            BertPriorityModel.class.getResourceAsStream(
                "/tickets/scorer/model/bert-classifier.pt");
        InputStream weights = Files.newInputStream(directory.resolve("model.safetensors"))) {
      model.load(graph, Map.of());
      JsonNode config =
          EventJson.mapper().readTree(Files.readString(directory.resolve("config.json")));
      config.path("id2label").forEach(label -> labels.add(label.asString()));
      prepare(config, weights);
      tokenizer =
          HuggingFaceTokenizer.builder()
              .optTokenizerPath(directory)
              .optTruncation(true)
              .optMaxLength(WINDOW)
              .build();
    } catch (IOException | MalformedModelException e) {
      throw new IllegalStateException("DJL cannot run " + directory + ": " + e.getMessage(), e);
    }
  }

  /** Hands the graph its weights, as bert_classifier.py wants them. */
  private void prepare(JsonNode config, InputStream file) throws IOException {
    try (NDManager loading = model.getNDManager().newSubManager()) {
      Map<String, NDArray> byName = new HashMap<>();
      for (NDArray weight : NDList.decode(loading, file)) {
        byName.put(weight.getName().replaceFirst("^bert\\.", ""), weight);
      }
      NDList arguments =
          new NDList(
              loading.create(
                  new float[] {
                    config.path("num_attention_heads").floatValue(),
                    config.path("layer_norm_eps").floatValue(),
                    0,
                    0
                  }),
              // Neither packed nor bf16 nor int8.
              loading.create(new float[] {0, 0, 0, 0}));
      for (String name : weightNames(config.path("num_hidden_layers").intValue())) {
        NDArray weight = byName.get(name);
        if (weight == null) {
          throw new IOException("model.safetensors lacks " + name);
        }
        // The word table too: an ordinary export is fp32 throughout.
        NDArray wide = weight.toType(DataType.FLOAT32, true);
        wide.setName("weights[]");
        arguments.add(wide);
      }
      NDArray method = loading.zeros(new Shape(1));
      method.setName("module_method:prepare");
      arguments.add(method);
      model.getBlock().forward(new ParameterStore(loading, false), arguments, false);
    }
  }

  private static List<String> weightNames(int layers) {
    List<String> names = new ArrayList<>();
    for (String table : List.of("word", "position", "token_type")) {
      names.add("embeddings." + table + "_embeddings.weight");
    }
    both(names, "embeddings.LayerNorm");
    for (int i = 0; i < layers; i++) {
      String layer = "encoder.layer." + i + ".";
      for (String part : List.of("query", "key", "value")) {
        both(names, layer + "attention.self." + part);
      }
      both(names, layer + "attention.output.dense");
      both(names, layer + "attention.output.LayerNorm");
      both(names, layer + "intermediate.dense");
      both(names, layer + "output.dense");
      both(names, layer + "output.LayerNorm");
    }
    both(names, "pooler.dense");
    both(names, "classifier");
    return names;
  }

  private static void both(List<String> names, String module) {
    names.add(module + ".weight");
    names.add(module + ".bias");
  }

  @Override
  public Who who() {
    return new Who("DJL predictor fp32, batches of " + batch, "", "");
  }

  @Override
  public void batchesOf(int tickets) {
    batch = tickets;
  }

  @Override
  public Work score(List<String> texts) {
    Translating translating = new Translating();
    try (Predictor<String, Classifications> predictor = model.newPredictor(translating)) {
      for (int from = 0; from < texts.size(); from += batch) {
        List<String> together = texts.subList(from, Math.min(texts.size(), from + batch));
        List<Classifications> answers = predictor.batchPredict(together);
        if (answers.size() != together.size()) {
          throw new IllegalStateException("Answered " + answers.size() + " of " + together.size());
        }
      }
    } catch (TranslateException e) {
      throw new IllegalStateException(e);
    }
    return new Work(translating.tokens, translating.padded, translating.nanos);
  }

  @Override
  public Answer answer(String text) {
    try (Predictor<String, Classifications> predictor = model.newPredictor(new Translating())) {
      Classifications answer = predictor.predict(text);
      return Answer.mostProbable(
          labels.stream().map(label -> answer.get(label).getProbability()).toList());
    } catch (TranslateException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    tokenizer.close();
    model.close();
  }

  /** Of one predictor, and so of one thread. */
  private final class Translating implements Translator<String, Classifications> {
    private long tokens;
    private long padded;
    private long nanos;

    @Override
    public NDList processInput(TranslatorContext context, String text) {
      long start = System.nanoTime();
      Encoding encoding = tokenizer.encode(text, true, false);
      long[] ids = encoding.getIds();
      nanos += System.nanoTime() - start;
      tokens += ids.length;
      NDManager manager = context.getNDManager();
      return new NDList(manager.create(ids), manager.create((long) ids.length));
    }

    @Override
    public Classifications processOutput(TranslatorContext context, NDList answer) {
      return new Classifications(labels, answer.singletonOrThrow().softmax(0));
    }

    @Override
    public Batchifier getBatchifier() {
      return new Padded();
    }

    /** Pads and stacks, as DJL's does, and says which of the graph's methods is meant. */
    private final class Padded implements Batchifier {
      private final Batchifier padding =
          PaddingStackBatchifier.builder()
              .addPad(0, 0, manager -> manager.zeros(new Shape(1), DataType.INT64))
              .optIncludeValidLengths(false)
              .build();

      @Override
      public NDList batchify(NDList[] inputs) {
        NDList together = padding.batchify(inputs);
        NDArray ids = together.get(0);
        padded += ids.getShape().size();
        NDArray method = ids.getManager().zeros(new Shape(1));
        method.setName("module_method:score");
        together.add(method);
        return together;
      }

      @Override
      public NDList[] unbatchify(NDList outputs) {
        return Batchifier.STACK.unbatchify(outputs);
      }
    }
  }
}
