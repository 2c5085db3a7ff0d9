package tickets.scorer.model;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** A BERT of some 20,000 random weights that knows a few words, in Hugging Face layout. */
public final class TinyBert {
  private static final List<String> SPECIAL = List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]");

  private TinyBert() {}

  /** An encoder without a classifier. */
  public static Path encoder(Path directory, List<String> words) throws IOException {
    return write(directory, words, 0);
  }

  /** A classifier with labels LABEL_0, …. */
  public static Path classifier(Path directory, List<String> words, int labels) throws IOException {
    return write(directory, words, labels);
  }

  private static Path write(Path directory, List<String> words, int labels) throws IOException {
    Files.createDirectories(directory);
    List<String> vocabulary = new ArrayList<>(SPECIAL);
    vocabulary.addAll(words);
    Files.write(directory.resolve("vocab.txt"), vocabulary, StandardCharsets.UTF_8);
    Files.writeString(directory.resolve("tokenizer_config.json"), "{\"do_lower_case\": true}");
    StringBuilder names = new StringBuilder();
    for (int i = 0; i < labels; i++) {
      names
          .append(i == 0 ? "" : ", ")
          .append('"')
          .append(i)
          .append("\": \"LABEL_")
          .append(i)
          .append('"');
    }
    Path config = directory.resolve("config.json");
    Files.writeString(
        config,
        """
        {"model_type": "bert", "architectures": ["%s"], "vocab_size": %d, "hidden_size": 32,
         "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64,
         "max_position_embeddings": 32, "type_vocab_size": 2, "hidden_act": "gelu"%s}
        """
            .formatted(
                labels == 0 ? "BertModel" : BertShape.ARCHITECTURE,
                vocabulary.size(),
                labels == 0 ? "" : ", \"id2label\": {" + names + "}"));
    SafetensorsWriter writer = new SafetensorsWriter();
    Random random = new Random(7);
    tensors(vocabulary.size(), labels)
        .forEach(
            (name, shape) -> {
              boolean norm = name.contains("LayerNorm.weight");
              float[] values =
                  new float[(int) shape.stream().reduce(1L, Math::multiplyExact).longValue()];
              for (int i = 0; i < values.length; i++) {
                values[i] =
                    norm ? 1 : (float) random.nextGaussian() * (shape.size() > 1 ? 0.1f : 0.01f);
              }
              writer.add(
                  new SafetensorsWriter.Entry(name, "F32", shape, () -> Weight.bytes(values)));
            });
    writer.write(directory.resolve("model.safetensors"));
    return directory;
  }

  private static Map<String, List<Long>> tensors(int vocabulary, int labels) {
    Map<String, List<Long>> tensors = new LinkedHashMap<>();
    String front = labels == 0 ? "" : "bert.";
    tensors.put(front + "embeddings.word_embeddings.weight", List.of((long) vocabulary, 32L));
    tensors.put(front + "embeddings.position_embeddings.weight", List.of(32L, 32L));
    tensors.put(front + "embeddings.token_type_embeddings.weight", List.of(2L, 32L));
    both(tensors, front + "embeddings.LayerNorm", 32);
    for (int i = 0; i < 2; i++) {
      String layer = front + "encoder.layer." + i + ".";
      both(tensors, layer + "attention.self.query", 32, 32);
      both(tensors, layer + "attention.self.key", 32, 32);
      both(tensors, layer + "attention.self.value", 32, 32);
      both(tensors, layer + "attention.output.dense", 32, 32);
      both(tensors, layer + "attention.output.LayerNorm", 32);
      both(tensors, layer + "intermediate.dense", 64, 32);
      both(tensors, layer + "output.dense", 32, 64);
      both(tensors, layer + "output.LayerNorm", 32);
    }
    both(tensors, front + "pooler.dense", 32, 32);
    if (labels > 0) {
      both(tensors, "classifier", labels, 32);
    }
    return tensors;
  }

  /** Weight and bias. */
  private static void both(Map<String, List<Long>> tensors, String name, long... shape) {
    tensors.put(name + ".weight", Arrays.stream(shape).boxed().toList());
    tensors.put(name + ".bias", List.of(shape[0]));
  }
}
