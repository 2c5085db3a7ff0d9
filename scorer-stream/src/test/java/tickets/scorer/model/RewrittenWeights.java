package tickets.scorer.model;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import tickets.contract.EventJson;

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
    Map<String, Object> header = new LinkedHashMap<>();
    int width = type.equals("F32") ? 4 : 2;
    long offset = 0;
    try (Safetensors source =
            Safetensors.open(BundledModel.DIRECTORY.resolve("model.safetensors"));
        OutputStream out = Files.newOutputStream(file)) {
      for (String name : source.names()) {
        Safetensors.Tensor tensor = source.find(name);
        String renamed = rename.apply(name);
        if (tensor != null && !renamed.isEmpty()) {
          long end = offset + (tensor.end() - tensor.begin()) / 2 * width;
          header.put(
              renamed,
              Map.of(
                  "dtype",
                  type,
                  "shape",
                  tensor.shape(),
                  "data_offsets",
                  new long[] {offset, end}));
          offset = end;
        }
      }
      byte[] json = EventJson.mapper().writeValueAsString(header).getBytes(StandardCharsets.UTF_8);
      out.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(json.length).array());
      out.write(json);
      for (String name : source.names()) {
        Safetensors.Tensor tensor = source.find(name);
        if (tensor != null && !rename.apply(name).isEmpty()) {
          out.write(convert(source.data(tensor), type));
        }
      }
    }
  }

  private static byte[] convert(ByteBuffer halves, String type) {
    ByteBuffer to =
        ByteBuffer.allocate(type.equals("F32") ? halves.remaining() * 2 : halves.remaining())
            .order(ByteOrder.LITTLE_ENDIAN);
    while (halves.hasRemaining()) {
      short half = halves.getShort();
      switch (type) {
        case "F16" -> to.putShort(half);
        case "F32" -> to.putFloat(widen(half));
        // Rounded to nearest.
        case "BF16" ->
            to.putShort((short) ((Float.floatToRawIntBits(widen(half)) + 0x8000) >>> 16));
        default -> throw new IllegalArgumentException(type);
      }
    }
    return to.array();
  }

  /** IEEE half to float; Float.float16ToFloat came with JDK 20. */
  private static float widen(short half) {
    int exponent = half >> 10 & 0x1f;
    int fraction = half & 0x3ff;
    float size =
        exponent == 0 ? fraction * 0x1p-24f : (1024 + fraction) * Math.scalb(1f, exponent - 25);
    return half < 0 ? -size : size;
  }
}
