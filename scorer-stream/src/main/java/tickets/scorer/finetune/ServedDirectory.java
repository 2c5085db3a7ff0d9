package tickets.scorer.finetune;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import tickets.contract.EventJson;
import tickets.scorer.finetune.FineTunePlan.Label;
import tickets.scorer.model.ManifestFile;
import tickets.scorer.model.Scaling;
import tickets.scorer.model.TrainableBert;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Writes a model as Hugging Face lays it out and {@code MODEL_PATH} takes it. */
final class ServedDirectory {

  private final FineTunePlan plan;
  private final LabelSet labels;

  ServedDirectory(FineTunePlan plan, LabelSet labels) {
    this.plan = plan;
    this.labels = labels;
  }

  /**
   * @param languages of the tickets it learnt from
   * @param scaling of its probabilities
   */
  void write(TrainableBert model, List<String> languages, Scaling scaling) throws IOException {
    Path output = plan.output();
    TrainableBert.Base base = TrainableBert.Base.read(plan.base());
    for (Path file : base.tokenizer()) {
      Files.copy(file, output.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
    }
    json(output.resolve("config.json"), modelConfig(base.config(), model.tokenTypes()));
    json(output.resolve("priority.json"), manifest(languages));
    ManifestFile.writeScaling(output, scaling);
    if (plan.method() == TrainableBert.Method.LORA) {
      Path adapter = Files.createDirectories(output.resolve("adapter"));
      json(adapter.resolve("adapter_config.json"), adapterConfig());
      // So that the adapter alone, beside its base, has these labels, too.
      for (String name : List.of("config.json", "priority.json")) {
        Files.copy(
            output.resolve(name), adapter.resolve(name), StandardCopyOption.REPLACE_EXISTING);
      }
      model.saveAdapter(adapter.resolve("adapter_model.safetensors"));
    }
    // Last: without it the directory is no model.
    model.save(output.resolve("model.safetensors"), plan.half());
  }

  private ObjectNode modelConfig(Path base, int tokenTypes) throws IOException {
    ObjectNode written = (ObjectNode) EventJson.mapper().readTree(Files.readAllBytes(base));
    written.put("model_type", "bert").put("type_vocab_size", tokenTypes);
    written.putArray("architectures").add("BertForSequenceClassification");
    ObjectNode id2label = written.putObject("id2label");
    ObjectNode label2id = written.putObject("label2id");
    List<Label> all = labels.labels();
    for (int i = 0; i < all.size(); i++) {
      id2label.put(Integer.toString(i), all.get(i).label());
      label2id.put(all.get(i).label(), i);
    }
    written.remove("num_labels");
    written.remove("_name_or_path");
    written.put("problem_type", "single_label_classification");
    written.put("torch_dtype", plan.half() ? "float16" : "float32");
    return written;
  }

  private ObjectNode manifest(List<String> languages) {
    ObjectNode manifest = EventJson.mapper().createObjectNode();
    manifest.put("name", plan.name()).put("version", plan.version());
    if (!languages.isEmpty()) {
      ArrayNode array = manifest.putArray("languages");
      languages.forEach(array::add);
    }
    manifest.put("max_tokens", plan.maxTokens());
    if (!plan.setAside()) {
      manifest.put("set_aside", false);
    }
    ArrayNode array = manifest.putArray("labels");
    for (Label label : labels.labels()) {
      array.addObject().put("label", label.label()).put("priority", label.priority());
    }
    Map<String, Object> decision =
        plan.decision().isEmpty() ? Map.of("rule", "argmax") : plan.decision();
    manifest.set("decision", EventJson.mapper().<JsonNode>valueToTree(decision));
    return manifest;
  }

  /** As PEFT writes and reads it. */
  private ObjectNode adapterConfig() {
    ObjectNode adapter = EventJson.mapper().createObjectNode();
    adapter
        .put("peft_type", "LORA")
        .put("task_type", "SEQ_CLS")
        .put(
            "base_model_name_or_path",
            plan.output()
                .resolve("adapter")
                .toAbsolutePath()
                .normalize()
                .relativize(plan.base().toAbsolutePath().normalize())
                .toString())
        .put("r", plan.lora().rank())
        .put("lora_alpha", plan.lora().alpha())
        .put("lora_dropout", 0.0)
        .put("bias", "none")
        .put("fan_in_fan_out", false)
        .put("inference_mode", true)
        .put("use_rslora", false);
    ArrayNode targets = adapter.putArray("target_modules");
    plan.lora().targets().forEach(targets::add);
    adapter.putArray("modules_to_save").add("classifier").add("pooler");
    return adapter;
  }

  static void json(Path file, JsonNode node) throws IOException {
    Files.writeString(
        file,
        EventJson.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(node) + "\n",
        StandardCharsets.UTF_8);
  }
}
