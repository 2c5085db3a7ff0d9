package tickets.scorer.model;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The tensors of a checkpoint, in one safetensors file or in several. */
final class Weights implements AutoCloseable {
  private static final List<String> TYPES = List.of("F32", "F16", "BF16");

  private final Path place;
  private final List<Safetensors> files = new ArrayList<>();
  private final Map<String, Safetensors> byName = new HashMap<>();

  private Weights(Path place) {
    this.place = place;
  }

  /**
   * @throws UnusableModel if a file is damaged, or two of them have a tensor of the same name
   */
  static Weights open(List<Path> paths) {
    Weights weights = new Weights(paths.get(0));
    try {
      for (Path path : paths) {
        Safetensors file = Safetensors.open(path);
        weights.files.add(file);
        for (String name : file.names()) {
          if (weights.byName.put(name, file) != null) {
            throw UnusableModel.file(
                path, name + " is in another shard too: these files are not of one model.");
          }
        }
      }
      return weights;
    } catch (RuntimeException e) {
      weights.close();
      throw e;
    }
  }

  /** Of the only file, or of the first: where a message may say that something is missing. */
  Path place() {
    return place;
  }

  /**
   * The tensor, under the names that Hugging Face has given it over the years: with or without
   * {@code bert.} in front, and with gamma and beta where it was converted from TensorFlow.
   */
  @Nullable Weight find(String name) {
    String old =
        name.replace("LayerNorm.weight", "LayerNorm.gamma")
            .replace("LayerNorm.bias", "LayerNorm.beta");
    for (String candidate : List.of("bert." + name, name, "bert." + old, old)) {
      Safetensors file = byName.get(candidate);
      Safetensors.Tensor tensor = file == null ? null : file.find(candidate);
      if (file != null && tensor != null) {
        return weight(name, file, tensor);
      }
    }
    return null;
  }

  /** A stored tensor under its name in the network. */
  static Weight weight(String name, Safetensors file, Safetensors.Tensor tensor) {
    if (!TYPES.contains(tensor.type())) {
      throw UnusableModel.file(
          file.file(),
          tensor.name() + " is stored in " + tensor.type() + "; F32, F16 and BF16 can be read.");
    }
    return new Weight(name, tensor.type(), tensor.shape(), file.file(), () -> file.data(tensor));
  }

  @Override
  public void close() {
    files.forEach(Safetensors::close);
  }
}
