package tickets.scorer.model;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;

/**
 * A tensor that the network takes, wherever its numbers come from.
 *
 * @param name as Hugging Face has it, without {@code bert.} in front
 * @param type F32, F16 or BF16
 * @param file for messages
 */
record Weight(String name, String type, List<Long> shape, Path file, Numbers numbers) {

  /** Little-endian; each call may map or work them out anew. */
  interface Numbers {
    ByteBuffer bytes();
  }

  Weight {
    shape = List.copyOf(shape);
  }

  static Weight of(String name, List<Long> shape, Path file, float[] numbers) {
    return new Weight(name, "F32", shape, file, () -> bytes(numbers));
  }

  /** In the type of the file. */
  ByteBuffer bytes() {
    return numbers.bytes();
  }

  /** Widened to fp32, which loses nothing. */
  float[] floats() {
    ByteBuffer bytes = bytes();
    float[] floats = new float[bytes.remaining() / (type.equals("F32") ? 4 : 2)];
    switch (type) {
      case "F32" -> bytes.asFloatBuffer().get(floats);
      case "F16" -> {
        for (int i = 0; i < floats.length; i++) {
          floats[i] = half(bytes.getShort());
        }
      }
      case "BF16" -> {
        for (int i = 0; i < floats.length; i++) {
          floats[i] = Float.intBitsToFloat(bytes.getShort() << 16);
        }
      }
      default -> throw new IllegalArgumentException(type);
    }
    return floats;
  }

  /** Direct, in the order that the engine takes. */
  static ByteBuffer bytes(float[] numbers) {
    ByteBuffer bytes =
        ByteBuffer.allocateDirect(numbers.length * Float.BYTES).order(ByteOrder.nativeOrder());
    bytes.asFloatBuffer().put(numbers);
    return bytes;
  }

  /** IEEE half precision; Float.float16ToFloat came with JDK 20. */
  static float half(short bits) {
    int exponent = bits >> 10 & 0x1f;
    int fraction = bits & 0x3ff;
    float size;
    if (exponent == 0x1f) {
      size = fraction == 0 ? Float.POSITIVE_INFINITY : Float.NaN;
    } else if (exponent == 0) {
      size = fraction * 0x1p-24f;
    } else {
      size = (1024 + fraction) * Math.scalb(1f, exponent - 25);
    }
    return bits < 0 ? -size : size;
  }
}
