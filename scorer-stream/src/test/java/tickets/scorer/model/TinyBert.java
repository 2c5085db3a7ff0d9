package tickets.scorer.model;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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
    BertShape shape = BertShape.readEncoder(ModelManifest.readJson(config), config);
    SafetensorsWriter writer = new SafetensorsWriter();
    Random random = new Random(7);
    for (BertLayout.Slot slot : BertLayout.of(shape, Math.max(1, labels))) {
      if (slot.name().startsWith("classifier.") && labels == 0) {
        continue;
      }
      boolean norm = slot.name().contains("LayerNorm.weight");
      float[] values = new float[(int) slot.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = norm ? 1 : (float) random.nextGaussian() * (slot.isMatrix() ? 0.1f : 0.01f);
      }
      writer.add(
          new SafetensorsWriter.Entry(
              labels == 0 ? slot.name() : slot.savedName(),
              "F32",
              Arrays.stream(slot.shape()).mapToObj(Long::valueOf).toList(),
              () -> bytes(values)));
    }
    writer.write(directory.resolve("model.safetensors"));
    return directory;
  }

  private static ByteBuffer bytes(float[] values) {
    ByteBuffer bytes = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return bytes;
  }
}
