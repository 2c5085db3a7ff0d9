package tickets.scorer.model;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import tickets.contract.EventJson;

/** Writes safetensors files for tests: new ones, or others with tensors renamed or left out. */
final class WrittenWeights {
  record Entry(String name, String type, List<Long> shape, byte[] data) {}

  private WrittenWeights() {}

  static void write(Path file, Map<String, float[]> tensors, Map<String, int[]> dimensions)
      throws IOException {
    List<Entry> entries = new ArrayList<>();
    tensors.forEach(
        (name, numbers) -> {
          ByteBuffer data = ByteBuffer.allocate(numbers.length * 4).order(ByteOrder.LITTLE_ENDIAN);
          data.asFloatBuffer().put(numbers);
          List<Long> shape = new ArrayList<>();
          for (int dimension : dimensions.get(name)) {
            shape.add((long) dimension);
          }
          entries.add(new Entry(name, "F32", shape, data.array()));
        });
    write(file, entries);
  }

  /** Leaves out the tensors whose name has this in it. */
  static void without(Path file, String part) throws IOException {
    rename(file, name -> name.contains(part) ? "" : name);
  }

  /**
   * @param renamed the new name of a tensor; empty to leave it out
   */
  static void rename(Path file, UnaryOperator<String> renamed) throws IOException {
    List<Entry> entries = new ArrayList<>();
    try (Safetensors source = Safetensors.open(file)) {
      for (String name : source.names()) {
        Safetensors.Tensor tensor = source.find(name);
        if (tensor != null && !renamed.apply(name).isEmpty()) {
          byte[] data = new byte[(int) (tensor.end() - tensor.begin())];
          source.data(tensor).get(data);
          entries.add(new Entry(renamed.apply(name), tensor.type(), tensor.shape(), data));
        }
      }
    }
    // Not over the file that may still be mapped.
    Files.delete(file);
    write(file, entries);
  }

  static void write(Path file, List<Entry> entries) throws IOException {
    Map<String, Object> header = new LinkedHashMap<>();
    long offset = 0;
    for (Entry entry : entries) {
      long end = offset + entry.data().length;
      header.put(
          entry.name(),
          Map.of(
              "dtype",
              entry.type(),
              "shape",
              entry.shape(),
              "data_offsets",
              new long[] {offset, end}));
      offset = end;
    }
    byte[] json = EventJson.mapper().writeValueAsString(header).getBytes(StandardCharsets.UTF_8);
    try (OutputStream out = Files.newOutputStream(file)) {
      out.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(json.length).array());
      out.write(json);
      for (Entry entry : entries) {
        out.write(entry.data());
      }
    }
  }
}
