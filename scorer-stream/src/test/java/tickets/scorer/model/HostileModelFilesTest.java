package tickets.scorer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.junit.jupiter.api.function.ThrowingSupplier;
import org.springframework.util.FileSystemUtils;
import tickets.contract.EventJson;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A model directory may come from anywhere: whatever its files say, the model is read within its
 * bounds or refused as {@link UnusableModel}; soon, and without memory that only a number in a file
 * asks for.
 */
class HostileModelFilesTest {

  /** Far more than any of it takes, so that an endless loop fails instead of hanging the build. */
  private static final Duration ENDLESS = Duration.ofSeconds(30);

  private static final List<String> HURTS =
      List.of(
          "null",
          "true",
          "\"\"",
          "\"bert\"",
          "\"costs\"",
          "\"thresholds\"",
          "\"LABEL_0\"",
          "\"[SEP]\"",
          "\"F32\"",
          "\"BF16\"",
          "\"" + "x".repeat(70_000) + "\"",
          "-1",
          "0",
          "1",
          "2",
          "4",
          "2.5",
          "512",
          "2147483647",
          "2000000000",
          "9223372036854775807",
          "9223372036854775808",
          "1e308",
          "1e999",
          "1e-320",
          "[]",
          "{}",
          "[0, 4]",
          "[[], [1]]",
          "{\"0\": \"a\", \"1\": \"b\"}",
          "[1,1,1,1]",
          "[4294967296, 4294967296]");

  private static Path directory;

  @BeforeContainer
  static void makeDirectory() throws IOException {
    directory = Files.createTempDirectory("hostile-model");
    Files.writeString(directory.resolve("vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n##b");
  }

  @AfterContainer
  static void deleteDirectory() throws IOException {
    FileSystemUtils.deleteRecursively(directory);
  }

  /**
   * Something in a file is replaced.
   *
   * @param where counts all values of the file, nested ones included
   * @param with JSON
   */
  record Change(int where, String with) {}

  @Provide
  Arbitrary<List<Change>> changes() {
    return Combinators.combine(Arbitraries.integers().between(0, 999), Arbitraries.of(HURTS))
        .as(Change::new)
        .list()
        .ofMaxSize(4);
  }

  @Property
  void aModelIsReadWithinItsBoundsOrRefused(
      @ForAll("changes") List<Change> config,
      @ForAll("changes") List<Change> manifest,
      @ForAll("changes") List<Change> tokenizer)
      throws IOException {
    writeConfig(config);
    write("priority.json", manifest);
    write("tokenizer_config.json", tokenizer);
    Path weights = directory.resolve("model.safetensors");
    Files.write(weights, safetensors("{}".getBytes(), 2, 0));

    ModelManifest read = readOrRefuse(() -> ModelManifest.read(directory, Precision.FP32));
    if (read != null) {
      assertThat(read.labels()).hasSizeBetween(2, 1_000).doesNotHaveDuplicates();
      assertThat(read.priorities()).hasSameSizeAs(read.labels());
      assertThat(read.scaling().temperature()).isPositive().isFinite();
      assertThat(read.maxTokens()).isGreaterThanOrEqualTo(3);
      double[] equal = new double[read.labels().size()];
      Arrays.fill(equal, 1.0 / equal.length);
      assertThat(read.decision().decide(equal).label()).isBetween(0, equal.length - 1);
      readOrRefuse(
          () -> {
            try (BertCheckpoint checkpoint = BertCheckpoint.open(directory)) {
              return checkpoint.names();
            }
          });
    }
  }

  @Property(tries = 100)
  void aTokenizersSettingsAreTakenOrRefused(@ForAll("changes") List<Change> changes)
      throws IOException {
    write("config.json", List.of());
    write("tokenizer_config.json", changes);

    TicketTokenizer tokenizer = readOrRefuse(() -> TicketTokenizer.load(directory, 8));
    if (tokenizer != null) {
      try (tokenizer) {
        assertThat(tokenizer.tokens("ab ab ab ab ab").ids()).hasSize(8);
      }
    }
  }

  @Property(tries = 300)
  void anAdapterIsMergedOrRefused(
      @ForAll("changes") List<Change> adapter, @ForAll("changes") List<Change> index)
      throws IOException {
    Path own = directory.resolve("lora");
    if (!Files.exists(own)) {
      FileSystemUtils.copyRecursively(CheckpointVariantsTest.fixture("lora"), own);
      Path base = directory.resolve("lora-base");
      FileSystemUtils.copyRecursively(CheckpointVariantsTest.fixture("lora-base"), base);
      Files.move(base.resolve("model.safetensors"), base.resolve("model-1.safetensors"));
    }
    Path config = CheckpointVariantsTest.fixture("lora").resolve("adapter_config.json");
    JsonNode read = EventJson.mapper().readTree(Files.readAllBytes(config));
    Files.write(own.resolve("adapter_config.json"), EventJson.write(changed(read, adapter)));
    JsonNode map =
        EventJson.mapper()
            .readTree("{\"metadata\": {}, \"weight_map\": {\"a\": \"model-1.safetensors\"}}");
    Files.write(
        directory.resolve("lora-base/model.safetensors.index.json"),
        EventJson.write(changed(map, index)));

    float[] merged =
        readOrRefuse(
            () -> {
              ModelManifest.read(own, Precision.FP32);
              try (BertCheckpoint checkpoint = BertCheckpoint.open(own)) {
                return checkpoint.floats("encoder.layer.0.attention.self.query.weight");
              }
            });
    if (merged != null) {
      assertThat(merged).hasSize(24 * 24);
    }
  }

  @Provide
  Arbitrary<Long> lengthErrors() {
    return Arbitraries.frequencyOf(
        Tuple.of(8, Arbitraries.just(0L)), Tuple.of(1, Arbitraries.longs()));
  }

  @Property
  void everyTensorLiesWithinItsFileOrTheFileIsRefused(
      @ForAll("changes") List<Change> changes,
      @ForAll("lengthErrors") long headerError,
      @ForAll("lengthErrors") long dataError)
      throws IOException {
    JsonNode header =
        EventJson.mapper()
            .readTree(
                "{\"__metadata__\":{\"format\":\"pt\"},"
                    + "\"a\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[0,8]},"
                    + "\"b\":{\"dtype\":\"BF16\",\"shape\":[3],\"data_offsets\":[8,14]},"
                    + "\"c\":{\"dtype\":\"F4\",\"shape\":[],\"data_offsets\":[14,14]}}");
    byte[] json = EventJson.write(changed(header, changes));
    int data = (int) Math.floorMod(14 + dataError, 64L);
    Path file = directory.resolve("hostile.safetensors");
    Files.write(file, safetensors(json, json.length + headerError, data));

    Safetensors opened = readOrRefuse(() -> Safetensors.open(file));
    if (opened != null) {
      try (opened) {
        for (String name : opened.names()) {
          Safetensors.Tensor tensor = opened.find(name);
          assertThat(opened.data(tensor).remaining()).isEqualTo(tensor.end() - tensor.begin());
          assertThat(tensor.begin()).isBetween(8L + json.length, tensor.end());
          assertThat(tensor.end()).isLessThanOrEqualTo(Files.size(file));
        }
      }
    }
  }

  /** Null if it was refused as documented; whatever else is thrown fails the test. */
  private static <T> T readOrRefuse(ThrowingSupplier<T> reading) {
    try {
      return assertTimeoutPreemptively(ENDLESS, reading);
    } catch (UnusableModel refused) {
      assertThat(refused.getMessage()).startsWith(directory.toString());
      return null;
    }
  }

  /** With fields that the bundled model leaves at their defaults. */
  private static void writeConfig(List<Change> changes) throws IOException {
    ObjectNode config = (ObjectNode) bundled("config.json");
    config.put("num_labels", 4).put("is_decoder", false).put("layer_norm_eps", 1e-12);
    write("config.json", config, changes);
  }

  private static void write(String name, List<Change> changes) throws IOException {
    write(name, bundled(name), changes);
  }

  private static void write(String name, JsonNode json, List<Change> changes) throws IOException {
    Files.write(directory.resolve(name), EventJson.write(changed(json, changes)));
  }

  private static JsonNode bundled(String name) throws IOException {
    return EventJson.mapper().readTree(Files.readAllBytes(BundledModel.DIRECTORY.resolve(name)));
  }

  private static byte[] safetensors(byte[] header, long saidLength, int data) {
    return ByteBuffer.allocate(8 + header.length + data)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(saidLength)
        .put(header)
        .array();
  }

  private static JsonNode changed(JsonNode json, List<Change> changes) {
    for (Change change : changes) {
      List<Runnable> places = new ArrayList<>();
      JsonNode with = EventJson.mapper().readTree(change.with());
      collect(json, with, places);
      if (!places.isEmpty()) {
        places.get(change.where() % places.size()).run();
      }
    }
    return json;
  }

  /** A way to put {@code with} into each place of the tree. */
  private static void collect(JsonNode tree, JsonNode with, List<Runnable> places) {
    if (tree instanceof ObjectNode object) {
      for (String name : List.copyOf(object.propertyNames())) {
        places.add(() -> object.set(name, with));
        collect(object.get(name), with, places);
      }
    } else if (tree instanceof ArrayNode array) {
      for (int i = 0; i < array.size(); i++) {
        int at = i;
        places.add(() -> array.set(at, with));
        collect(array.get(i), with, places);
      }
    }
  }
}
