package tickets.scorer.model;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tickets.contract.EventJson;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * [7] of a ticket's path: from text to the model's tokens, exactly as Hugging Face's tokenizers do
 * it. Any number of threads may use one.
 *
 * <p>A text longer than the window keeps its beginning, where the matter is told, and its end,
 * where the demand often is: [CLS], the first tokens, the last quarter of the window, [SEP]. In a
 * window of 256 that is 191 and 63.
 */
public final class TicketTokenizer implements AutoCloseable {

  /**
   * A text as the model reads it.
   *
   * @param ids [CLS] and [SEP] included, no padding
   * @param truncated whether tokens were left out
   */
  public record Tokens(int[] ids, boolean truncated) {}

  private final HuggingFaceTokenizer tokenizer;
  private final int cls;
  private final int sep;
  private final int maxTokens;

  private TicketTokenizer(HuggingFaceTokenizer tokenizer, int cls, int sep, int maxTokens) {
    this.tokenizer = tokenizer;
    this.cls = cls;
    this.sep = sep;
    this.maxTokens = maxTokens;
  }

  /**
   * From {@code tokenizer.json}, else from {@code vocab.txt} and {@code tokenizer_config.json}; for
   * an adapter from its base, if it has none of its own.
   *
   * @param maxTokens the window, [CLS] and [SEP] included
   * @throws UnusableModel if the files are damaged, or are of another kind of model
   */
  public static TicketTokenizer load(Path directory, int maxTokens) {
    ModelFiles files = ModelFiles.find(directory);
    files.requireTokenizer();
    boolean whole = Files.exists(files.tokenizer());
    Path file = whole ? files.tokenizer() : files.vocabulary();
    JsonNode description =
        whole ? ModelManifest.readJson(file) : fromVocabulary(file, files.tokenizerSettings());
    requireVocabularyFits(description.path("model").path("vocab"), files.config(), file);
    byte[] json = EventJson.mapper().writeValueAsBytes(description);
    EngineSettings.apply();
    try {
      HuggingFaceTokenizer tokenizer =
          HuggingFaceTokenizer.newInstance(
              new ByteArrayInputStream(json), Map.of("truncation", "false", "padding", "false"));
      long[] frame = tokenizer.encode("", true, false).getIds();
      if (frame.length != 2) {
        tokenizer.close();
        throw UnusableModel.file(
            file, "does not put [CLS] and [SEP] round a text: it is no tokenizer of a BERT.");
      }
      return new TicketTokenizer(tokenizer, (int) frame[0], (int) frame[1], maxTokens);
    } catch (IOException | RuntimeException e) {
      if (e instanceof UnusableModel unusable) {
        throw unusable;
      }
      throw UnusableModel.file(file, "is no tokenizer that can be read: " + e.getMessage(), e);
    }
  }

  /**
   * @throws RuntimeException if the tokenizer fails on this text
   */
  public Tokens tokens(String text) {
    long[] words = ids(text);
    int room = maxTokens - 2;
    boolean truncated = words.length > room;
    int tail = truncated ? room / 4 : 0;
    int head = truncated ? room - tail : words.length;
    int[] ids = new int[head + tail + 2];
    ids[0] = cls;
    for (int i = 0; i < head; i++) {
      ids[1 + i] = (int) words[i];
    }
    for (int i = 0; i < tail; i++) {
      ids[1 + head + i] = (int) words[words.length - tail + i];
    }
    ids[ids.length - 1] = sep;
    return new Tokens(ids, truncated);
  }

  /**
   * Past {@link HuggingFaceTokenizer#encode}, which has every token's text and place made into an
   * object: nobody looks at them, and they took as long as a third of the rest.
   */
  private long[] ids(String text) {
    // The native side takes well-formed Unicode only.
    long encoding = TokenizersLibrary.LIB.encode(tokenizer.getHandle(), wellFormed(text), false);
    try {
      return TokenizersLibrary.LIB.getTokenIds(encoding);
    } finally {
      TokenizersLibrary.LIB.deleteEncoding(encoding);
    }
  }

  @Override
  public void close() {
    tokenizer.close();
  }

  /** Lone surrogates become U+FFFD. */
  private static String wellFormed(String text) {
    int[] points =
        text.codePoints()
            .map(point -> Character.getType(point) == Character.SURROGATE ? 0xFFFD : point)
            .toArray();
    return new String(points, 0, points.length);
  }

  private static void requireVocabularyFits(JsonNode vocabulary, Path config, Path file) {
    int rows = ModelManifest.readJson(config).path("vocab_size").asInt(0);
    int highest = -1;
    for (JsonNode id : vocabulary) {
      highest = Math.max(highest, id.asInt(-1));
    }
    if (highest >= rows) {
      throw UnusableModel.file(
          file,
          "has tokens up to number "
              + highest
              + ", but config.json gives the model "
              + rows
              + " (vocab_size). The two are not of one model.");
    }
  }

  /** What {@code tokenizer.json} would be for a BERT with this vocabulary. */
  private static ObjectNode fromVocabulary(Path file, Path settingsFile) {
    Map<String, Integer> vocabulary = readVocabulary(file);
    JsonNode settings;
    if (Files.exists(settingsFile)) {
      settings = ModelManifest.readJson(settingsFile);
    } else {
      settings = EventJson.mapper().createObjectNode();
      requireUncased(vocabulary, file);
    }
    ObjectNode root = EventJson.mapper().createObjectNode();
    root.put("version", "1.0");
    ArrayNode added = root.putArray("added_tokens");
    String unknown = special(settings, "unk_token", "[UNK]");
    String cls = special(settings, "cls_token", "[CLS]");
    String sep = special(settings, "sep_token", "[SEP]");
    List<String> specials =
        List.of(
            special(settings, "pad_token", "[PAD]"),
            unknown,
            cls,
            sep,
            special(settings, "mask_token", "[MASK]"));
    for (String token : specials) {
      Integer id = vocabulary.get(token);
      if (id == null) {
        throw UnusableModel.file(file, "lacks the token " + token + ".");
      }
      added
          .addObject()
          .put("id", id)
          .put("content", token)
          .put("single_word", false)
          .put("lstrip", false)
          .put("rstrip", false)
          .put("normalized", false)
          .put("special", true);
    }
    ObjectNode normalizer = root.putObject("normalizer");
    normalizer
        .put("type", "BertNormalizer")
        .put("clean_text", true)
        .put("handle_chinese_chars", settings.path("tokenize_chinese_chars").asBoolean(true))
        .put("lowercase", settings.path("do_lower_case").asBoolean(true));
    JsonNode strip = settings.path("strip_accents");
    if (strip.isBoolean()) {
      normalizer.put("strip_accents", strip.booleanValue());
    } else {
      // Left open: the tokenizer strips them where it lower-cases.
      normalizer.putNull("strip_accents");
    }
    root.putObject("pre_tokenizer").put("type", "BertPreTokenizer");
    ObjectNode post = root.putObject("post_processor").put("type", "BertProcessing");
    post.putArray("sep").add(sep).add(vocabulary.get(sep));
    post.putArray("cls").add(cls).add(vocabulary.get(cls));
    ObjectNode model =
        root.putObject("model")
            .put("type", "WordPiece")
            .put("unk_token", unknown)
            .put("continuing_subword_prefix", "##")
            .put("max_input_chars_per_word", 100);
    ObjectNode pieces = model.putObject("vocab");
    vocabulary.forEach(pieces::put);
    return root;
  }

  /**
   * Without settings, Hugging Face lower-cases words and strips their accents. A vocabulary of
   * which that makes many words unreachable was made otherwise.
   */
  private static void requireUncased(Map<String, Integer> vocabulary, Path file) {
    long words = 0;
    long lost = 0;
    for (String token : vocabulary.keySet()) {
      if (!token.startsWith("[")) {
        String bare =
            Normalizer.normalize(token.toLowerCase(Locale.ROOT), Normalizer.Form.NFD)
                .replaceAll("\\p{Mn}", "");
        words++;
        lost += bare.equals(token) ? 0 : 1;
      }
    }
    if (lost * 100 > words) {
      throw UnusableModel.file(
          file,
          "has words with capitals or accents, and there is no tokenizer_config.json, which says"
              + " whether they are to be kept (do_lower_case, strip_accents). Copy that file too.");
    }
  }

  private static Map<String, Integer> readVocabulary(Path file) {
    try {
      String text = Files.readString(file, StandardCharsets.UTF_8);
      Map<String, Integer> vocabulary = new LinkedHashMap<>();
      // Not by String.lines(): the line number is the id, and only a line feed ends a line.
      String[] lines = text.split("\n", -1);
      int count = lines[lines.length - 1].isEmpty() ? lines.length - 1 : lines.length;
      for (String line : Arrays.copyOf(lines, count)) {
        String token = line.endsWith("\r") ? line.substring(0, line.length() - 1) : line;
        if (vocabulary.putIfAbsent(token, vocabulary.size()) != null) {
          throw UnusableModel.file(file, "has the token \"" + token + "\" twice.");
        }
      }
      return vocabulary;
    } catch (IOException e) {
      throw UnusableModel.file(file, "cannot be read as UTF-8: " + e.getMessage(), e);
    }
  }

  private static String special(JsonNode settings, String name, String usual) {
    JsonNode token = settings.path(name);
    // Newer files give an object with the text in "content".
    return token.isObject() ? token.path("content").asString(usual) : token.asString(usual);
  }
}
