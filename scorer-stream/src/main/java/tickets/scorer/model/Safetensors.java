package tickets.scorer.model;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tickets.contract.EventJson;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * A safetensors file: eight bytes length (little-endian), that much JSON with name, type, shape and
 * offsets of each tensor, then the data.
 *
 * <p>Read by us because DJL's own reader ends the whole JVM on BF16. {@link #open} looks at the
 * header only and trusts nothing in it; a tensor's data are mapped when asked for, so that a model
 * is never on the heap.
 */
final class Safetensors implements AutoCloseable {

  /** The format's own limit. */
  private static final long MAX_HEADER = 100_000_000;

  /**
   * Bytes an element; types not listed here cannot be checked, and are refused only if they are
   * asked for.
   */
  private static final Map<String, Integer> ELEMENT_BYTES =
      Map.ofEntries(
          Map.entry("F64", 8),
          Map.entry("F32", 4),
          Map.entry("F16", 2),
          Map.entry("BF16", 2),
          Map.entry("I64", 8),
          Map.entry("I32", 4),
          Map.entry("I16", 2),
          Map.entry("I8", 1),
          Map.entry("U64", 8),
          Map.entry("U32", 4),
          Map.entry("U16", 2),
          Map.entry("U8", 1),
          Map.entry("BOOL", 1));

  /**
   * Where a tensor lies.
   *
   * @param type as the file writes it: F32, F16, BF16, …
   * @param begin from the start of the file, in bytes
   * @param end exclusive
   */
  record Tensor(String name, String type, List<Long> shape, long begin, long end) {}

  private final Path file;
  private final FileChannel channel;
  private final Map<String, Tensor> tensors;

  private Safetensors(Path file, FileChannel channel, Map<String, Tensor> tensors) {
    this.file = file;
    this.channel = channel;
    this.tensors = tensors;
  }

  /**
   * @throws UnusableModel if this is no safetensors file, or a part of one
   */
  static Safetensors open(Path file) {
    FileChannel channel = null;
    try {
      channel = FileChannel.open(file, StandardOpenOption.READ);
      Safetensors opened = new Safetensors(file, channel, readHeader(file, channel));
      channel = null;
      return opened;
    } catch (IOException e) {
      throw UnusableModel.file(file, "cannot be read: " + e.getMessage(), e);
    } finally {
      if (channel != null) {
        closeQuietly(channel);
      }
    }
  }

  Path file() {
    return file;
  }

  @Nullable Tensor find(String name) {
    return tensors.get(name);
  }

  /** The names, in the order of the file's header. */
  List<String> names() {
    return List.copyOf(tensors.keySet());
  }

  /**
   * The bytes of a tensor of this file, little-endian, mapped: they stay readable after {@link
   * #close}.
   */
  ByteBuffer data(Tensor tensor) {
    long size = tensor.end() - tensor.begin();
    if (size > Integer.MAX_VALUE) {
      throw UnusableModel.file(
          file,
          tensor.name() + " has " + size + " bytes; more than 2 GiB in one tensor cannot be read.");
    }
    try {
      return channel
          .map(FileChannel.MapMode.READ_ONLY, tensor.begin(), size)
          .order(ByteOrder.LITTLE_ENDIAN);
    } catch (IOException e) {
      throw UnusableModel.file(file, "cannot be read: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    closeQuietly(channel);
  }

  private static Map<String, Tensor> readHeader(Path file, FileChannel channel) throws IOException {
    long size = channel.size();
    if (size < 8) {
      throw UnusableModel.file(
          file,
          "has "
              + size
              + " bytes only: no safetensors file, or the beginning of one. Copy it again.");
    }
    long headerSize = read(channel, 0, 8).getLong();
    if (headerSize < 2 || headerSize > MAX_HEADER) {
      throw UnusableModel.file(
          file,
          "is no safetensors file (it says that its header has "
              + Long.toUnsignedString(headerSize)
              + " bytes).");
    }
    long dataStart = 8 + headerSize;
    if (dataStart > size) {
      throw UnusableModel.file(
          file,
          "the file is cut off within its header: it has "
              + size
              + " bytes, the header alone "
              + dataStart
              + ". Copy it again.");
    }
    JsonNode header;
    try {
      header = EventJson.mapper().readTree(read(channel, 8, (int) headerSize).array());
    } catch (JacksonException e) {
      throw UnusableModel.file(file, "is no safetensors file: its header is not JSON.", e);
    }
    if (!header.isObject()) {
      throw UnusableModel.file(file, "is no safetensors file: its header is not a JSON object.");
    }
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    header.forEachEntry(
        (name, entry) -> {
          if (!name.equals("__metadata__")) {
            tensors.put(name, tensor(file, name, entry, dataStart));
          }
        });
    requireWhole(file, tensors.values(), dataStart, size);
    return Collections.unmodifiableMap(tensors);
  }

  private static Tensor tensor(Path file, String name, JsonNode entry, long dataStart) {
    JsonNode type = entry.path("dtype");
    JsonNode offsets = entry.path("data_offsets");
    if (!type.isString()
        || !entry.path("shape").isArray()
        || !offsets.isArray()
        || offsets.size() != 2) {
      throw UnusableModel.file(
          file, name + " lacks its dtype, shape or data_offsets: the header is damaged.");
    }
    List<Long> shape = new ArrayList<>();
    for (JsonNode dimension : entry.path("shape")) {
      shape.add(natural(file, name, dimension));
    }
    long begin = natural(file, name, offsets.get(0));
    long end = natural(file, name, offsets.get(1));
    Integer bytes = ELEMENT_BYTES.get(type.stringValue());
    if (end < begin || (bytes != null && end - begin != product(file, name, shape, bytes))) {
      throw UnusableModel.file(
          file,
          name
              + " of shape "
              + shape
              + " in "
              + type.stringValue()
              + " cannot lie at "
              + begin
              + " to "
              + end
              + ": the header is damaged.");
    }
    return new Tensor(
        name,
        type.stringValue(),
        List.copyOf(shape),
        plus(file, name, dataStart, begin),
        plus(file, name, dataStart, end));
  }

  /**
   * Tensors that share bytes, leave gaps or reach beyond the file's end are the marks of a damaged
   * or forged file.
   */
  private static void requireWhole(Path file, Iterable<Tensor> tensors, long dataStart, long size) {
    List<Tensor> byPlace = new ArrayList<>();
    tensors.forEach(byPlace::add);
    byPlace.sort(Comparator.comparingLong(Tensor::begin).thenComparingLong(Tensor::end));
    long place = dataStart;
    for (Tensor tensor : byPlace) {
      if (tensor.begin() != place) {
        throw UnusableModel.file(
            file,
            tensor.name()
                + (tensor.begin() < place ? " overlaps another tensor" : " follows a gap")
                + ": the header is damaged.");
      }
      place = tensor.end();
    }
    if (size < place) {
      throw UnusableModel.file(
          file, "the file is cut off: it has " + size + " of " + place + " bytes. Copy it again.");
    }
    if (size > place) {
      throw UnusableModel.file(
          file,
          "has " + (size - place) + " bytes after its last tensor: it is damaged. Copy it again.");
    }
  }

  private static long natural(Path file, String name, JsonNode number) {
    if (!number.isIntegralNumber() || !number.canConvertToLong() || number.longValue() < 0) {
      throw UnusableModel.file(
          file, name + " has a shape or offset that is no natural number: the header is damaged.");
    }
    return number.longValue();
  }

  private static long product(Path file, String name, List<Long> shape, int bytes) {
    try {
      long product = bytes;
      for (long dimension : shape) {
        product = Math.multiplyExact(product, dimension);
      }
      return product;
    } catch (ArithmeticException e) {
      throw UnusableModel.file(
          file,
          name + " of shape " + shape + " is larger than any file: the header is damaged.",
          e);
    }
  }

  private static long plus(Path file, String name, long start, long offset) {
    try {
      return Math.addExact(start, offset);
    } catch (ArithmeticException e) {
      throw UnusableModel.file(
          file, name + " lies beyond the end of any file: the header is damaged.", e);
    }
  }

  private static ByteBuffer read(FileChannel channel, long position, int size) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, position + buffer.position()) < 0) {
        throw new EOFException("it ended while it was read");
      }
    }
    return buffer.flip();
  }

  private static void closeQuietly(FileChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      // Only read from: nothing is lost.
    }
  }
}
