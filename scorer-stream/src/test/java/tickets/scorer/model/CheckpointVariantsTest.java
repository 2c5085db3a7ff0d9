package tickets.scorer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.util.FileSystemUtils;

/**
 * Checkpoints in the forms that people have theirs in score as Hugging Face transformers and PEFT
 * have them score: see {@code checkpoints/README.md} beside them.
 */
class CheckpointVariantsTest {

  @TempDir Path directory;

  static Path fixture(String name) {
    try {
      return Path.of(
          Objects.requireNonNull(
                  CheckpointVariantsTest.class.getResource("/checkpoints/" + name), name)
              .toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<BundledModel.Case> cases(String name) {
    return BundledModel.cases("/checkpoints/" + name + "/expected.json");
  }

  /** Copies of these, beside each other, to be damaged. */
  private Path copy(String... names) throws IOException {
    for (String name : names) {
      FileSystemUtils.copyRecursively(fixture(name), directory.resolve(name));
    }
    return directory.resolve(names[0]);
  }

  private static void replace(Path file, String from, String to) throws IOException {
    String text = Files.readString(file);
    assertThat(text).contains(from);
    Files.writeString(file, text.replace(from, to));
  }

  private static void assertScoresAsRecorded(Path model, List<BundledModel.Case> cases) {
    ModelManifest manifest = ModelManifest.read(model, Precision.FP32);
    assertThat(cases).hasSize(5);
    try (TicketTokenizer tokenizer = TicketTokenizer.load(model, manifest.maxTokens());
        PriorityModel bert = BertPriorityModel.load(model, manifest, false, false)) {
      float[][] logits = BundledModel.logits(bert, cases);
      for (int i = 0; i < logits.length; i++) {
        BundledModel.Case expected = cases.get(i);
        assertThat(tokenizer.tokens(expected.text()).ids())
            .as(expected.toString())
            .containsExactly(expected.ids());
        assertThat(logits[i])
            .as(expected.toString())
            .containsExactly(expected.logits(), within(1e-4f));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tiny-uncased",
        "rubert-cased",
        "multilingual-sharded",
        "without-token-types",
        "one-token-type",
        "lora",
        "rslora"
      })
  void logitsEqualHuggingFace(String name) {
    assertScoresAsRecorded(fixture(name), cases(name));
  }

  @Test
  void textsDifferInWhatIsRecordedOfThem() {
    // Else the test above would pass with weights that are not read.
    assertThat(cases("lora").stream().map(one -> Math.round(one.logits()[0] * 10)).distinct())
        .hasSizeGreaterThan(2);
  }

  @Test
  void encoderIsReadForFineTuningAndScoresWithTheHeadThatItIsGiven() throws IOException {
    Path encoder = copy("encoder-without-pooler");
    Map<String, float[]> tensors = new LinkedHashMap<>();
    Map<String, int[]> dimensions = new LinkedHashMap<>();
    try (BertCheckpoint checkpoint = BertCheckpoint.open(encoder)) {
      assertThat(checkpoint.hasPooler()).isFalse();
      assertThat(checkpoint.labelCount()).isZero();
      assertThat(checkpoint.names()).hasSize(5 + 2 * 16).doesNotHaveDuplicates();
      for (String name : checkpoint.names()) {
        tensors.put(name, checkpoint.floats(name));
        dimensions.put(name, checkpoint.dimensions(name));
        assertThat(tensors.get(name))
            .hasSize(Arrays.stream(checkpoint.dimensions(name)).reduce(1, (a, b) -> a * b));
      }
    }
    int width = 24;
    give(tensors, dimensions, "pooler.dense", width, width);
    give(tensors, dimensions, "classifier", 3, width);
    WrittenWeights.write(encoder.resolve("model.safetensors"), tensors, dimensions);
    replace(encoder.resolve("config.json"), "BertModel", "BertForSequenceClassification");

    assertScoresAsRecorded(encoder, cases("encoder-without-pooler"));
  }

  private static void give(
      Map<String, float[]> tensors,
      Map<String, int[]> dimensions,
      String name,
      int rows,
      int columns) {
    float[] identity = new float[rows * columns];
    for (int i = 0; i < rows; i++) {
      identity[i * columns + i] = 1;
    }
    tensors.put(name + ".weight", identity);
    dimensions.put(name + ".weight", new int[] {rows, columns});
    tensors.put(name + ".bias", new float[rows]);
    dimensions.put(name + ".bias", new int[] {rows});
  }

  @Test
  void encoderGivesNoPriorities() {
    assertThatThrownBy(() -> TicketScorer.load(fixture("lora-base"), Precision.FP32))
        .isInstanceOf(UnusableModel.class)
        .hasMessageContaining("holds a BertModel")
        .hasMessageContaining("models/fine-tune");
  }

  @Test
  void classifierWithoutAPoolerIsRefused() throws IOException {
    Path model = copy("one-token-type");
    WrittenWeights.without(model.resolve("model.safetensors"), "pooler.");

    assertThatThrownBy(() -> TicketScorer.load(model, Precision.FP32))
        .isInstanceOf(UnusableModel.class)
        .hasMessageContaining("without the pooler")
        .hasMessageContaining("at random");
    try (BertCheckpoint checkpoint = BertCheckpoint.open(model)) {
      assertThat(checkpoint.hasPooler()).isFalse();
      assertThat(checkpoint.labelCount()).isEqualTo(3);
    }
  }

  @Test
  void typesThatOnlyTheConfigurationKnowsAddNothing() throws IOException {
    Path model = copy("without-token-types");
    replace(model.resolve("config.json"), "\"type_vocab_size\": 0", "\"type_vocab_size\": 2");

    assertScoresAsRecorded(model, cases("without-token-types"));
  }

  @Test
  void sharedTensorMeansShardsOfTwoModels() throws IOException {
    Path model = copy("multilingual-sharded");
    Path one;
    try (var files = Files.list(model)) {
      one =
          files.filter(file -> file.toString().endsWith(".safetensors")).findFirst().orElseThrow();
    }
    Files.copy(one, model.resolve("model-again.safetensors"));
    replace(
        model.resolve("model.safetensors.index.json"),
        "\"weight_map\": {",
        "\"weight_map\": {\"x\": \"model-again.safetensors\",");

    assertThatThrownBy(() -> BertCheckpoint.open(model))
        .isInstanceOf(UnusableModel.class)
        .hasMessageContaining("is in another shard too");
  }

  @ParameterizedTest
  @CsvSource({
    "lora/adapter_model.safetensors",
    "lora/adapter_config.json",
    "lora-base/model.safetensors",
    "lora-base/config.json",
    "lora-base/vocab.txt",
    "lora-base/tokenizer_config.json"
  })
  void digestOfAnAdapterChangesWithItsBaseToo(String file) throws IOException {
    Path adapter = copy("lora", "lora-base");
    String before = ModelManifest.read(adapter, Precision.FP32).digest();
    byte[] bytes = Files.readAllBytes(directory.resolve(file));
    if (file.endsWith(".safetensors")) {
      bytes[bytes.length - 1] ^= 1;
    } else {
      bytes = Arrays.copyOf(bytes, bytes.length + 1);
      bytes[bytes.length - 1] = '\n';
    }
    Files.write(directory.resolve(file), bytes);

    assertThat(ModelManifest.read(adapter, Precision.FP32).digest()).isNotEqualTo(before);
  }

  @Test
  void labelsOfAnAdapterAreNumberedUnlessAConfigurationNamesAsMany() throws IOException {
    Path adapter = copy("rslora", "lora-base");
    assertThat(ModelManifest.read(adapter, Precision.FP32).labels())
        .containsExactly("LABEL_0", "LABEL_1", "LABEL_2", "LABEL_3");

    Path config = directory.resolve("lora-base/config.json");
    replace(config, "\"2\": \"LABEL_2\"", "\"2\": \"high\", \"3\": \"critical\"");
    replace(config, "\"0\": \"LABEL_0\"", "\"0\": \"low\"");
    replace(config, "\"1\": \"LABEL_1\"", "\"1\": \"medium\"");
    assertThat(ModelManifest.read(adapter, Precision.FP32).labels())
        .containsExactly("low", "medium", "high", "critical");
  }

  @Test
  void baseIsFoundWhereTheManifestSays() throws IOException {
    Path adapter = copy("rslora", "lora-base");
    Files.move(directory.resolve("lora-base"), directory.resolve("elsewhere"));

    assertThatThrownBy(() -> ModelManifest.read(adapter, Precision.FP32))
        .isInstanceOf(UnusableModel.class)
        .hasMessageContaining("its base, \"some-owner/lora-base\", is not there")
        .hasMessageContaining("not downloaded")
        .hasMessageContaining(directory.resolve("lora-base").toString())
        .hasMessageContaining("\"base_model\" in " + adapter.resolve("priority.json"));

    Files.writeString(adapter.resolve("priority.json"), "{\"base_model\": \"../elsewhere\"}");
    assertScoresAsRecorded(adapter, cases("rslora"));
  }

  @Test
  void adapterMayLieInTheDirectoryOfItsBase() throws IOException {
    Path adapter = copy("lora", "lora-base");
    FileSystemUtils.copyRecursively(directory.resolve("lora-base"), adapter);
    FileSystemUtils.deleteRecursively(directory.resolve("lora-base"));

    assertScoresAsRecorded(adapter, cases("lora"));
  }

  @ParameterizedTest(name = "{1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "\"peft_type\": \"LORA\" | \"peft_type\": \"IA3\" | peft_type is \"IA3\"",
        "\"use_dora\": false | \"use_dora\": true | use_dora is set, which this engine does not merge",
        "\"lora_bias\": false | \"lora_bias\": true | merge_and_unload()",
        "\"init_lora_weights\": true | \"init_lora_weights\": \"pissa_niter_4\" | training changed the base",
        "\"layer.1.attention.self.value\": 3 | \"layer.[\": 3 | which is no pattern",
        "\"lora_alpha\": 8 | \"lora_alpha\": 1e999 | is not a number"
      })
  void adapterThatMeansSomethingElseIsRefused(String from, String to, String reason)
      throws IOException {
    Path adapter = copy("lora", "lora-base");
    replace(adapter.resolve("adapter_config.json"), from, to);

    assertThatThrownBy(() -> TicketScorer.load(adapter, Precision.FP32))
        .isInstanceOf(UnusableModel.class)
        .hasMessageContaining("adapter_config.json")
        .hasMessageContaining(reason);
  }

  @ParameterizedTest(name = "{2}")
  @CsvSource(
      delimiter = '|',
      value = {
        "query.lora_A.weight | nowhere.lora_A.weight | has only one of the two matrices",
        "attention.self.query | attention.self.other | changes 4 tensors that this engine cannot merge",
        "classifier. | classifier.original_module. | has no classifier.weight"
      })
  void adapterThatDoesNotFitItsBaseIsRefused(String from, String to, String reason)
      throws IOException {
    Path adapter = copy("lora", "lora-base");
    WrittenWeights.rename(
        adapter.resolve("adapter_model.safetensors"), name -> name.replace(from, to));

    assertThatThrownBy(
            () -> {
              try (BertCheckpoint checkpoint = BertCheckpoint.open(adapter)) {
                checkpoint.classifier(3);
              }
            })
        .isInstanceOf(UnusableModel.class)
        .hasMessageContaining(reason);
  }

  @Test
  void adapterOfAWiderBaseIsRefused() throws IOException {
    Path adapter = copy("lora", "rubert-cased");
    Files.writeString(adapter.resolve("priority.json"), "{\"base_model\": \"../rubert-cased\"}");

    assertThatThrownBy(() -> BertCheckpoint.open(adapter))
        .isInstanceOf(UnusableModel.class)
        .hasMessageContaining("it was trained on another base");
  }

  @Test
  void adapterInAPickleIsRefusedWithTheLineThatConvertsIt() throws IOException {
    Path adapter = copy("lora", "lora-base");
    Files.move(adapter.resolve("adapter_model.safetensors"), adapter.resolve("adapter_model.bin"));

    assertThatThrownBy(() -> ModelManifest.read(adapter, Precision.FP32))
        .isInstanceOf(UnusableModel.class)
        .hasMessageContaining("has no adapter_model.safetensors. adapter_model.bin is not read")
        .hasMessageContaining("This line converts it");
  }

  @Test
  void adapterOfAnAdapterIsRefused() throws IOException {
    Path adapter = copy("lora", "lora-base");
    Files.writeString(directory.resolve("lora-base/adapter_config.json"), "{}");

    assertThatThrownBy(() -> ModelManifest.read(adapter, Precision.FP32))
        .isInstanceOf(UnusableModel.class)
        .hasMessageContaining("is an adapter itself");
  }
}
