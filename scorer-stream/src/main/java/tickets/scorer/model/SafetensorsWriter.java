package tickets.scorer.model;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import tickets.contract.EventJson;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Writes what {@link Safetensors} reads: whole, or not at all. */
final class SafetensorsWriter {

  /**
   * @param type F32 or F16
   * @param data little-endian, called once, when it is this tensor's turn
   */
  record Entry(String name, String type, List<Long> shape, Supplier<ByteBuffer> data) {
    long bytes() {
      return shape.stream().reduce(1L, Math::multiplyExact) * (type.equals("F16") ? 2 : 4);
    }
  }

  private final List<Entry> entries = new ArrayList<>();

  void add(Entry entry) {
    entries.add(entry);
  }

  /**
   * @param file replaced at the end in one step
   */
  void write(Path file) throws IOException {
    Path part = file.resolveSibling(file.getFileName() + ".part");
    try (FileChannel out =
        FileChannel.open(
            part,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      byte[] header = header();
      ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
      writeAll(out, length.putLong(header.length).flip());
      writeAll(out, ByteBuffer.wrap(header));
      for (Entry entry : entries) {
        ByteBuffer data = entry.data().get();
        if (data.remaining() != entry.bytes()) {
          throw new IllegalStateException(
              entry.name() + " has " + data.remaining() + " bytes, not " + entry.bytes());
        }
        writeAll(out, data);
      }
      out.force(true);
    }
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** Padded with blanks to eight bytes, as others write it: some readers map the data. */
  private byte[] header() {
    ObjectNode header = EventJson.mapper().createObjectNode();
    header.putObject("__metadata__").put("format", "pt");
    long at = 0;
    for (Entry entry : entries) {
      ObjectNode node = header.putObject(entry.name()).put("dtype", entry.type());
      ArrayNode shape = node.putArray("shape");
      entry.shape().forEach(shape::add);
      node.putArray("data_offsets").add(at).add(at + entry.bytes());
      at += entry.bytes();
    }
    String json = EventJson.mapper().writeValueAsString(header);
    int bytes = json.getBytes(StandardCharsets.UTF_8).length;
    return (json + " ".repeat((8 - bytes % 8) % 8)).getBytes(StandardCharsets.UTF_8);
  }

  private static void writeAll(FileChannel out, ByteBuffer data) throws IOException {
    while (data.hasRemaining()) {
      out.write(data);
    }
  }
}
