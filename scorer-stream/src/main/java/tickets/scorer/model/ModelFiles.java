package tickets.scorer.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The files that a model consists of. They lie in one directory, but for a LoRA adapter, which
 * leans on a second one, its base: what the adapter's directory lacks of configuration and
 * tokenizer is the base's.
 *
 * @param directory what the service is given
 * @param base where the weights are: the same directory, or an adapter's base
 * @param adapter whether the directory holds an adapter to be merged into the base
 */
record ModelFiles(Path directory, Path base, boolean adapter) {
  static final String CONFIG = "config.json";
  static final String WEIGHTS = "model.safetensors";
  static final String SHARDS = WEIGHTS + ".index.json";
  static final String TOKENIZER = "tokenizer.json";
  static final String VOCABULARY = "vocab.txt";
  static final String TOKENIZER_SETTINGS = "tokenizer_config.json";
  static final String MANIFEST = "priority.json";
  static final String ADAPTER_CONFIG = "adapter_config.json";
  static final String ADAPTER = "adapter_model.safetensors";

  /** Saves the same tensors under the same names; pickles are read in the safe mode. */
  private static final String CONVERSION =
      "python3 -c \"import glob, torch, safetensors.torch as s; d='%s/'; s.save_file({k:"
          + " v.clone().contiguous() for f in sorted(glob.glob(d + '%s')) for k, v in"
          + " torch.load(f, map_location='cpu', weights_only=True).items()}, d + '%s',"
          + " {'format': 'pt'})\"";

  /**
   * @throws UnusableModel if there is no such directory, it holds no model, or an adapter's base is
   *     not found
   */
  static ModelFiles find(Path directory) {
    if (!Files.isDirectory(directory)) {
      throw new UnusableModel(
          directory.toAbsolutePath().normalize()
              + " is not a directory. Set MODEL_PATH to a model in Hugging Face layout.");
    }
    if (Files.exists(directory.resolve(ADAPTER_CONFIG))) {
      return new ModelFiles(directory, baseOf(directory), true);
    }
    if (!Files.exists(directory.resolve(CONFIG))) {
      throw UnusableModel.file(
          directory, "has no config.json. Set MODEL_PATH to a model in Hugging Face layout.");
    }
    return new ModelFiles(directory, directory, false);
  }

  /** An adapter's own, if it has one. */
  Path config() {
    return own(CONFIG);
  }

  /** May not exist. */
  Path manifest() {
    return directory.resolve(MANIFEST);
  }

  /** May not exist. */
  Path tokenizer() {
    return tokenizerDirectory().resolve(TOKENIZER);
  }

  /** May not exist. */
  Path vocabulary() {
    return tokenizerDirectory().resolve(VOCABULARY);
  }

  /** May not exist. */
  Path tokenizerSettings() {
    return tokenizerDirectory().resolve(TOKENIZER_SETTINGS);
  }

  private Path tokenizerDirectory() {
    boolean own =
        Files.exists(directory.resolve(TOKENIZER)) || Files.exists(directory.resolve(VOCABULARY));
    return own ? directory : base;
  }

  private Path own(String name) {
    Path file = directory.resolve(name);
    return Files.exists(file) ? file : base.resolve(name);
  }

  /**
   * @throws UnusableModel if a file is missing
   */
  void requireAll() {
    weights();
    if (adapter && !Files.exists(directory.resolve(ADAPTER))) {
      throw UnusableModel.file(
          directory, "has no " + ADAPTER + "." + conversion("adapter_model*.bin", ADAPTER));
    }
    requireTokenizer();
  }

  /**
   * @throws UnusableModel if there is none
   */
  void requireTokenizer() {
    if (!Files.exists(tokenizer()) && !Files.exists(vocabulary())) {
      throw UnusableModel.file(
          directory,
          "has neither tokenizer.json nor vocab.txt"
              + (directory.equals(base) ? "." : ", and neither has its base, " + base + "."));
    }
  }

  /**
   * The files with the base's tensors: one, or the shards that the index names.
   *
   * @throws UnusableModel if there are none, or a shard is missing
   */
  List<Path> weights() {
    Path whole = base.resolve(WEIGHTS);
    if (Files.exists(whole)) {
      return List.of(whole);
    }
    Path index = base.resolve(SHARDS);
    if (!Files.exists(index)) {
      throw UnusableModel.file(
          base, "has no " + WEIGHTS + "." + conversion("pytorch_model*.bin", WEIGHTS));
    }
    Set<String> names = new LinkedHashSet<>();
    ModelManifest.readJson(index).path("weight_map").forEach(name -> names.add(name.asString("")));
    List<Path> shards = new ArrayList<>();
    for (String name : names.stream().sorted().toList()) {
      Path shard = beside(index, name);
      if (!Files.exists(shard)) {
        throw UnusableModel.file(
            base, "has no " + name + ", which " + SHARDS + " names. Copy that shard too.");
      }
      shards.add(shard);
    }
    if (shards.isEmpty()) {
      throw UnusableModel.file(index, "names no files in weight_map: it is damaged.");
    }
    return shards;
  }

  /** A file of that name in the index's own directory: an index does not send us elsewhere. */
  private static Path beside(Path index, String name) {
    if (name.isEmpty()
        || name.equals(".")
        || name.equals("..")
        || name.matches(".*[/\\\\\\x00].*")) {
      throw UnusableModel.file(
          index, "names \"" + name + "\" in weight_map, which is no file beside it.");
    }
    return index.resolveSibling(name);
  }

  private String conversion(String binaries, String target) {
    Path at = target.equals(ADAPTER) ? directory : base;
    try (Stream<Path> files = Files.list(at)) {
      String begin = binaries.substring(0, binaries.indexOf('*'));
      boolean binary =
          files
              .map(file -> file.getFileName().toString())
              .anyMatch(name -> name.startsWith(begin) && name.endsWith(".bin"));
      return binary
          ? " "
              + binaries.replace("*", "")
              + " is not read, as such a file can run code. This line converts it: "
              + CONVERSION.formatted(at.toAbsolutePath().normalize(), binaries, target)
          : "";
    } catch (IOException e) {
      throw UnusableModel.file(at, "cannot be read: " + e.getMessage(), e);
    }
  }

  /**
   * All that scores depend on, by the names that the digest knows them by: of a plain directory
   * their own, of a base with {@code base/} in front.
   */
  Map<String, Path> digested(Precision precision) {
    Map<String, Path> files = new LinkedHashMap<>();
    add(files, config());
    for (Path file : weights()) {
      add(files, file);
    }
    if (adapter) {
      add(files, directory.resolve(ADAPTER_CONFIG));
      add(files, directory.resolve(ADAPTER));
    }
    if (Files.exists(tokenizer())) {
      add(files, tokenizer());
    } else {
      add(files, vocabulary());
      if (Files.exists(tokenizerSettings())) {
        add(files, tokenizerSettings());
      }
    }
    if (Files.exists(manifest())) {
      add(files, manifest());
    }
    Path calibration = directory.resolve(Calibration.FILE);
    if (precision == Precision.INT8 && Files.exists(calibration)) {
      add(files, calibration);
    }
    return files;
  }

  private void add(Map<String, Path> files, Path file) {
    Path name = file.getFileName();
    files.put((file.equals(directory.resolve(name)) ? "" : "base/") + name, file);
  }

  /**
   * Where an adapter's base lies: at {@code base_model} of its priority.json, else at {@code
   * base_model_name_or_path} of its adapter_config.json, both seen from the adapter's directory;
   * else in that directory itself; else, for a name like {@code owner/model}, beside it as {@code
   * model}. Nothing is downloaded.
   */
  private static Path baseOf(Path directory) {
    Path manifest = directory.resolve(MANIFEST);
    String told =
        Files.exists(manifest)
            ? ModelManifest.readJson(manifest).path("base_model").asString("")
            : "";
    JsonNode config = ModelManifest.readJson(directory.resolve(ADAPTER_CONFIG));
    String named = config.path("base_model_name_or_path").asString("");
    List<@Nullable Path> places = new ArrayList<>();
    if (told.isEmpty()) {
      Path parent = directory.toAbsolutePath().normalize().getParent();
      places.add(resolve(directory, named));
      places.add(directory);
      places.add(
          parent == null ? null : resolve(parent, named.substring(named.lastIndexOf('/') + 1)));
    } else {
      places.add(resolve(directory, told));
    }
    for (Path place : places) {
      if (place != null && Files.exists(place.resolve(CONFIG))) {
        if (!place.equals(directory) && Files.exists(place.resolve(ADAPTER_CONFIG))) {
          throw UnusableModel.file(
              directory, "its base, " + place + ", is an adapter itself: merge that one first.");
        }
        return place;
      }
    }
    throw UnusableModel.file(
        directory,
        "is a LoRA adapter, and its base, \""
            + (told.isEmpty() ? named : told)
            + "\", is not there. It is not downloaded: put the base's directory at "
            + String.join(
                " or ",
                places.stream()
                    .filter(place -> place != null && !place.equals(directory))
                    .map(place -> place.toAbsolutePath().normalize().toString())
                    .distinct()
                    .toList())
            + ", or say where it is as \"base_model\" in "
            + manifest
            + ".");
  }

  private static @Nullable Path resolve(Path from, String path) {
    try {
      return path.isEmpty() ? null : from.resolve(path).normalize();
    } catch (InvalidPathException e) {
      return null;
    }
  }
}
