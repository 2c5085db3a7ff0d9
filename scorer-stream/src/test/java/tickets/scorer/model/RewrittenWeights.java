package tickets.scorer.model;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Writes the bundled model's weights again: in another type, under other names, with tensors left
 * out.
 */
final class RewrittenWeights {
  private RewrittenWeights() {}

  /**
   * @param rename the new name of a tensor; empty to leave it out
   */
  static void write(Path file, String type, UnaryOperator<String> rename) throws IOException {
    List<WrittenWeights.Entry> entries = new ArrayList<>();
    try (Safetensors source =
        Safetensors.open(BundledModel.DIRECTORY.resolve("model.safetensors"))) {
      for (String name : source.names()) {
        Safetensors.Tensor tensor = source.find(name);
        String renamed = rename.apply(name);
        if (tensor != null && !renamed.isEmpty()) {
          byte[] data = convert(source.data(tensor), type);
          entries.add(new WrittenWeights.Entry(renamed, type, tensor.shape(), data));
        }
      }
    }
    WrittenWeights.write(file, entries);
  }

  private static byte[] convert(ByteBuffer halves, String type) {
    ByteBuffer to =
        ByteBuffer.allocate(type.equals("F32") ? halves.remaining() * 2 : halves.remaining())
            .order(ByteOrder.LITTLE_ENDIAN);
    while (halves.hasRemaining()) {
      short half = halves.getShort();
      switch (type) {
        case "F16" -> to.putShort(half);
        case "F32" -> to.putFloat(Weight.half(half));
        // Rounded to nearest.
        case "BF16" ->
            to.putShort((short) ((Float.floatToRawIntBits(Weight.half(half)) + 0x8000) >>> 16));
        default -> throw new IllegalArgumentException(type);
      }
    }
    return to.array();
  }
}
