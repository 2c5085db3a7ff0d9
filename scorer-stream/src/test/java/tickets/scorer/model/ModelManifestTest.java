package tickets.scorer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tickets.scorer.reading.TextReading;

class ModelManifestTest {

  @TempDir Path parent;
  private Path directory;

  @BeforeEach
  void copy() throws IOException {
    directory = Files.createDirectory(parent.resolve("my-model"));
    for (String name : new String[] {"config.json", "priority.json", "tokenizer_config.json"}) {
      Files.copy(BundledModel.DIRECTORY.resolve(name), directory.resolve(name));
    }
    // Their content is of no matter here.
    Files.writeString(directory.resolve("model.safetensors"), "weights");
    Files.writeString(directory.resolve("tokenizer.json"), "{}");
    Files.writeString(directory.resolve("vocab.txt"), "[PAD]\n");
  }

  private ModelManifest read() {
    return ModelManifest.read(directory, Precision.FP32);
  }

  private void replace(String name, String from, String to) throws IOException {
    Path file = directory.resolve(name);
    String text = Files.readString(file);
    assertThat(text).contains(from);
    Files.writeString(file, text.replace(from, to));
  }

  @Test
  void bundledModelSaysWhatItIs() {
    ModelManifest manifest = BundledModel.manifest(Precision.FP32);

    assertThat(manifest.name()).isEqualTo("ticket-priority-ru-en");
    assertThat(manifest.version()).isEqualTo("1.0.0");
    assertThat(manifest.labels()).containsExactly("LABEL_0", "LABEL_1", "LABEL_2", "LABEL_3");
    assertThat(manifest.priorities()).containsExactly("low", "medium", "high", "critical");
    assertThat(manifest.mostUrgent()).isEqualTo("LABEL_3");
    assertThat(manifest.scaling()).isEqualTo(Scaling.ofTemperature(1.07));
    assertThat(manifest.maxTokens()).isEqualTo(256);
    assertThat(manifest.decision()).isEqualTo(Decision.MOST_PROBABLE);
    assertThat(manifest.reading()).isEqualTo(new TextReading(List.of("ru", "en"), true));
    assertThat(manifest.digest()).matches("[0-9a-f]{64}");
  }

  @Test
  void withoutManifestTheConfigurationIsAsked() throws IOException {
    Files.delete(directory.resolve("priority.json"));
    ModelManifest manifest = read();

    assertThat(manifest.name()).isEqualTo("my-model");
    assertThat(manifest.version()).isEqualTo("unversioned");
    assertThat(manifest.priorities())
        .isEqualTo(manifest.labels())
        .containsExactly("LABEL_0", "LABEL_1", "LABEL_2", "LABEL_3");
    assertThat(manifest.scaling()).isEqualTo(Scaling.NONE);
    assertThat(manifest.maxTokens()).as("the tokenizer's own limit").isEqualTo(256);
  }

  @Test
  void theMostUrgentPriorityIsTheOneListedLast() throws IOException {
    Files.writeString(
        directory.resolve("priority.json"),
        """
        {"labels": [{"label": "LABEL_3"}, {"label": "LABEL_0"}, {"label": "LABEL_2"},
                    {"label": "LABEL_1", "priority": "blocker"}]}
        """);
    assertThat(read().mostUrgent()).isEqualTo("LABEL_1");

    Files.delete(directory.resolve("priority.json"));
    assertThat(read().mostUrgent()).isEqualTo("LABEL_3");
  }

  @Test
  void withoutAnyWindowThePositionsBoundIt() throws IOException {
    Files.delete(directory.resolve("priority.json"));
    Files.delete(directory.resolve("tokenizer_config.json"));

    assertThat(read().maxTokens()).isEqualTo(512);
  }

  @ParameterizedTest
  @CsvSource({"config.json", "model.safetensors", "tokenizer.json", "priority.json"})
  void digestChangesWithEveryFile(String name) throws IOException {
    String before = read().digest();
    Files.writeString(directory.resolve(name), Files.readString(directory.resolve(name)) + "\n");

    assertThat(read().digest()).isNotEqualTo(before);
  }

  @Test
  void digestChangesWithThePrecisionAndNothingElse() {
    assertThat(read().digest())
        .isEqualTo(read().digest())
        .isNotEqualTo(ModelManifest.read(directory, Precision.BF16).digest());
  }

  @Test
  void readableNamesMayComeInAnyOrder() throws IOException {
    Files.writeString(
        directory.resolve("priority.json"),
        "{\"labels\":[{\"label\":\"LABEL_3\",\"priority\":\"p3\"},{\"label\":\"LABEL_0\",\"priority\":\"p0\"},{\"label\":\"LABEL_2\"},"
            + "{\"label\":\"LABEL_1\",\"priority\":\"p1\"}]}");

    assertThat(read().priorities()).containsExactly("p0", "p1", "LABEL_2", "p3");
  }

  @Test
  void thresholdsAndCostsAreRead() throws IOException {
    replace(
        "priority.json",
        "\"rule\": \"argmax\"",
        "\"rule\":\"thresholds\",\"thresholds\":[{\"label\":\"LABEL_3\",\"at_least\":0.25}]");
    assertThat(read().decision().rule().choose(new double[] {0.7, 0.03, 0.02, 0.25})).isEqualTo(3);

    replace(
        "priority.json",
        "\"rule\":\"thresholds\"",
        "\"rule\":\"costs\",\"costs\":[[0,1,1,1],[1,0,1,1],[1,1,0,1],[9,1,1,0]]");
    assertThat(read().decision().rule().choose(new double[] {0.8, 0.0, 0.0, 0.2})).isEqualTo(3);
  }

  @Test
  void scalesAndBiasesAreReadInTheOrderOfTheLabels() throws IOException {
    replace(
        "priority.json",
        "\"temperature\": 1.07",
        "\"temperature\": 2, \"vector\": {\"scale\": [1, 1, 1, 2], \"bias\": [0, 0, 0, -0.5]}");

    assertThat(read().scaling())
        .isEqualTo(new Scaling(2, List.of(1.0, 1.0, 1.0, 2.0), List.of(0.0, 0.0, 0.0, -0.5)));
  }

  @Test
  void missedPrioritiesSpeakForAMatrix() throws IOException {
    replace(
        "priority.json",
        "\"rule\": \"argmax\"",
        "\"rule\": \"costs\", \"costs\": {\"false_alarm\": 1, \"missed\": {\"critical\": 20, \"LABEL_2\": 5}}");

    assertThat(read().decision().rule())
        .isEqualTo(
            new DecisionRule.LeastCost(
                List.of(
                    List.of(0.0, 1.0, 1.0, 1.0),
                    List.of(1.0, 0.0, 1.0, 1.0),
                    List.of(5.0, 5.0, 0.0, 1.0),
                    List.of(20.0, 20.0, 20.0, 0.0))));
  }

  @Test
  void urgencyIsTheManifestsOrderNotThatOfTheLabels() throws IOException {
    Files.writeString(
        directory.resolve("priority.json"),
        """
        {"labels": [{"label": "LABEL_3"}, {"label": "LABEL_2"}, {"label": "LABEL_1"},
                    {"label": "LABEL_0", "priority": "blocker"}],
         "decision": {"rule": "costs", "costs": {"missed": {"blocker": 20}}}}
        """);

    assertThat(read().leastUrgentFirst()).containsExactly(3, 2, 1, 0);
    assertThat(read().decision().rule())
        .isEqualTo(
            new DecisionRule.LeastCost(
                List.of(
                    List.of(0.0, 20.0, 20.0, 20.0),
                    List.of(1.0, 0.0, 1.0, 1.0),
                    List.of(1.0, 1.0, 0.0, 1.0),
                    List.of(1.0, 1.0, 1.0, 0.0))));
  }

  @Test
  void reviewBandIsReadBesideAnyRule() throws IOException {
    replace(
        "priority.json",
        "\"rule\": \"argmax\"",
        "\"rule\": \"argmax\", \"review\": {\"below\": 0.6, \"margin_below\": 0.2}");

    assertThat(read().decision().review())
        .isEqualTo(new Decision.Review(0.6, 0.2, Double.POSITIVE_INFINITY));
  }

  @Test
  void aLabelCalledReviewForbidsTheBand() throws IOException {
    replace("priority.json", "\"priority\": \"low\"", "\"priority\": \"review\"");
    assertThat(read().priorities()).contains("review");

    replace(
        "priority.json",
        "\"rule\": \"argmax\"",
        "\"rule\": \"argmax\", \"review\": {\"below\": 0.6}");
    assertThatThrownBy(this::read).hasMessageContaining("Give it another name");
  }

  @ParameterizedTest(name = "{0}: {2}")
  @CsvSource(
      delimiter = '|',
      value = {
        "config.json   | \"model_type\": \"bert\" | \"model_type\": \"roberta\" | model_type is"
            + " \"roberta\"",
        "config.json   | \"model_type\": \"bert\" | \"model_type\": \"deberta-v2\" | fine-tune it on the"
            + " same tickets with models/fine-tune",
        "config.json   | BertForSequenceClassification | BertForTokenClassification | holds a"
            + " BertForTokenClassification, not a BertForSequenceClassification",
        "config.json   | \"pad_token_id\": 0 | \"quantization_config\": {} | quantised weights are not"
            + " read",
        "config.json   | \"type_vocab_size\": 2 | \"type_vocab_size\": -1 | type_vocab_size is no"
            + " natural number",
        "config.json   | BertForSequenceClassification | BertModel | Fine-tune it on labelled"
            + " tickets first",
        "config.json   | \"hidden_act\": \"gelu\" | \"hidden_act\": \"silu\" | hidden_act \"silu\""
            + " is unknown",
        "config.json   | \"num_attention_heads\": 12 | \"num_attention_heads\": 7 | cannot be"
            + " shared among 7 attention heads",
        "config.json   | \"num_hidden_layers\": 6 | \"num_hidden_layers\": 0 | num_hidden_layers is"
            + " missing or not a positive number",
        "config.json   | \"num_hidden_layers\": 6 | \"num_hidden_layers\": 2000000000 | more than"
            + " 1000",
        "config.json   | \"max_position_embeddings\": 512 | \"max_position_embeddings\": 2 | no"
            + " room for a word",
        "config.json   | \"id2label\" | \"num_labels\": 2000000000, \"other\" | at most 1000 are"
            + " taken",
        "config.json   | \"pad_token_id\": 0 | \"position_embedding_type\": \"relative_key\" |"
            + " position_embedding_type is \"relative_key\"",
        "config.json   | \"pad_token_id\": 0 | \"problem_type\": \"multi_label_classification\" |"
            + " problem_type is \"multi_label_classification\"",
        "config.json   | \"3\": \"LABEL_3\" | \"7\": \"LABEL_3\" | label 3 is missing",
        "config.json   | \"hidden_size\" | hidden_size | is not JSON",
        "priority.json | LABEL_3 | LABEL_9 | names the label \"LABEL_9\"",
        "priority.json | LABEL_3 | LABEL_2 | Name each once",
        "priority.json | \"max_tokens\": 256 | \"max_tokens\": 1024 | max_tokens is 1024, but the"
            + " model has positions for 512",
        "priority.json | \"max_tokens\": 256 | \"max_tokens\": \"many\" | max_tokens must be a"
            + " whole number",
        "priority.json | \"temperature\": 1.07 | \"temperature\": 0 | temperature must be a number"
            + " above 0",
        "priority.json | \"languages\": [ | \"languages\": [7, | languages must be a list of codes",
        "priority.json | \"max_tokens\": 256 | \"set_aside\": \"no\" | set_aside must be true or false",
        "priority.json | \"argmax\" | \"dice\" | the decision rule \"dice\" is unknown",
        "priority.json | \"argmax\" | \"thresholds\" | needs a list of thresholds",
        "priority.json | \"argmax\" | \"costs\" | needs 4 rows of 4 numbers",
        "priority.json | \"argmax\" | \"thresholds\", \"thresholds\": [{\"label\": \"LABEL_3\","
            + " \"at_least\": 2}] | at_least from 0 to 1",
        "priority.json | \"argmax\" | \"thresholds\", \"thresholds\": [{\"label\": \"LABEL_3\","
            + " \"at_least\": 0.2}, {\"label\": \"critical\", \"at_least\": 0.3}] | two thresholds"
            + " for LABEL_3",
        "priority.json | \"argmax\" | \"costs\", \"costs\": {\"miss\": 20} | there are false_alarm and"
            + " missed",
        "priority.json | \"argmax\" | \"costs\", \"costs\": {\"missed\": {\"blocker\": 20}} | names the"
            + " label \"blocker\"",
        "priority.json | \"argmax\" | \"costs\", \"costs\": {\"missed\": {\"low\": 20}} | nothing is"
            + " less urgent",
        "priority.json | \"argmax\" | \"costs\", \"costs\": {\"missed\": {\"critical\": -1}} |"
            + " missed.critical must be a number from 0",
        "priority.json | \"argmax\" | \"argmax\", \"review\": {} | review must say when",
        "priority.json | \"argmax\" | \"argmax\", \"review\": {\"under\": 0.5} | review has"
            + " \"under\"",
        "priority.json | \"argmax\" | \"argmax\", \"review\": {\"below\": 1.5} | review.below must be"
            + " above 0 and at most 1",
        "priority.json | \"argmax\" | \"argmax\", \"review\": {\"costs\": 2} | only costs can be"
            + " compared",
        "priority.json | \"rule\": \"argmax\" | \"review\": {\"below\": 0.5}}, \"vector\": {\"scale\":"
            + " [1, 1] | vector needs scale, 4 numbers above 0",
      })
  void contradictionIsRefusedWithItsReason(String name, String from, String to, String reason)
      throws IOException {
    replace(name, from, to);

    assertThatThrownBy(this::read)
        .isInstanceOf(UnusableModel.class)
        .hasMessageContaining(name)
        .hasMessageContaining(reason);
  }

  @ParameterizedTest
  @CsvSource({"config.json, has no config.json", "model.safetensors, has no model.safetensors"})
  void missingFileIsNamed(String name, String reason) throws IOException {
    Files.delete(directory.resolve(name));

    assertThatThrownBy(this::read).isInstanceOf(UnusableModel.class).hasMessageContaining(reason);
  }

  @ParameterizedTest
  @ValueSource(strings = {"pytorch_model.bin", "pytorch_model-00001-of-00002.bin"})
  void picklesAreRefusedWithTheLineThatConvertsThem(String name) throws IOException {
    Files.move(directory.resolve("model.safetensors"), directory.resolve(name));

    assertThatThrownBy(this::read)
        .isInstanceOf(UnusableModel.class)
        .hasMessageContaining("has no model.safetensors. pytorch_model.bin is not read")
        .hasMessageContaining("This line converts it: python3 -c \"import glob, torch")
        .hasMessageContaining("d='" + directory + "/'")
        .hasMessageEndingWith("\"")
        .hasMessageNotContaining("\n");
  }

  @Test
  void shardsAreFoundByTheirIndex() throws IOException {
    Files.delete(directory.resolve("model.safetensors"));
    Path index = directory.resolve("model.safetensors.index.json");

    Files.writeString(index, "{}");
    assertThatThrownBy(this::read).hasMessageContaining("names no files in weight_map");

    Files.writeString(index, "{\"weight_map\": {\"a\": \"model-1.safetensors\"}}");
    assertThatThrownBy(this::read)
        .hasMessageContaining("has no model-1.safetensors, which model.safetensors.index.json");

    Files.writeString(directory.resolve("model-1.safetensors"), "weights");
    String before = read().digest();
    Files.writeString(directory.resolve("model-1.safetensors"), "weighty");
    assertThat(read().digest()).isNotEqualTo(before);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"../model-1.safetensors", "/etc/passwd", "..", "", "a/b", "a\\\\b", "\\u0000"})
  void anIndexDoesNotSendUsElsewhere(String name) throws IOException {
    Files.move(directory.resolve("model.safetensors"), parent.resolve("model-1.safetensors"));
    Files.writeString(
        directory.resolve("model.safetensors.index.json"),
        "{\"weight_map\": {\"a\": \"" + name + "\"}}");

    assertThatThrownBy(this::read)
        .isInstanceOf(UnusableModel.class)
        .hasMessageContaining("which is no file beside it");
  }

  @Test
  void aTokenizerIsNeeded() throws IOException {
    Files.delete(directory.resolve("tokenizer.json"));
    Files.delete(directory.resolve("vocab.txt"));
    assertThatThrownBy(this::read).hasMessageContaining("neither tokenizer.json nor vocab.txt");
  }

  @Test
  void noDirectoryIsRefusedWithAWayOut() {
    assertThatThrownBy(() -> ModelManifest.read(parent.resolve("none"), Precision.FP32))
        .isInstanceOf(UnusableModel.class)
        .hasMessageContaining("is not a directory. Set MODEL_PATH");
  }
}
