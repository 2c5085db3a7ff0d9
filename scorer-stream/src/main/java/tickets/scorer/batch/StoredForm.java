package tickets.scorer.batch;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tickets.contract.EventJson;

/**
 * A {@link PendingTicket} in bytes, for the store and its changelog. Every ticket is written, and
 * almost none is read again: so this is a plain row of fields, a tenth of the work that JSON is.
 *
 * <p>Its first byte says how to read the rest. JSON, as earlier versions wrote it, begins with
 * another, and is still read.
 */
final class StoredForm {

  private static final byte FIELDS_IN_A_ROW = 1;
  private static final byte JSON = '{';
  private static final int ABSENT = -1;

  private StoredForm() {}

  static byte[] write(PendingTicket ticket) {
    byte[] id = utf8(ticket.taskId());
    byte[] text = utf8(ticket.text());
    byte[] topic = utf8(ticket.sourceTopic());
    byte[] sha256 = ticket.originalSha256() == null ? null : utf8(ticket.originalSha256());
    int headers = Integer.BYTES;
    for (Map.Entry<String, byte[]> header : ticket.headers().entrySet()) {
      headers += size(utf8(header.getKey())) + size(header.getValue());
    }
    ByteBuffer row =
        ByteBuffer.allocate(
            Byte.BYTES
                + size(id)
                + size(text)
                + headers
                + 2 * (Long.BYTES + Integer.BYTES)
                + size(topic)
                + Integer.BYTES
                + Long.BYTES
                + size(ticket.original())
                + Long.BYTES
                + size(sha256));
    row.put(FIELDS_IN_A_ROW);
    put(row, id);
    put(row, text);
    row.putInt(ticket.headers().size());
    ticket
        .headers()
        .forEach(
            (name, value) -> {
              put(row, utf8(name));
              put(row, value);
            });
    put(row, ticket.receivedAt());
    put(row, ticket.readAt());
    put(row, topic);
    row.putInt(ticket.sourcePartition());
    row.putLong(ticket.sourceOffset());
    put(row, ticket.original());
    row.putLong(ticket.originalSize());
    put(row, sha256);
    return row.array();
  }

  static PendingTicket read(byte[] stored) {
    if (stored[0] == JSON) {
      return EventJson.mapper().readValue(stored, PendingTicket.class);
    }
    ByteBuffer row = ByteBuffer.wrap(stored);
    byte form = row.get();
    if (form != FIELDS_IN_A_ROW) {
      throw new IllegalStateException(
          "The batch store holds a ticket in a form that this version can't read ("
              + form
              + "): a later version wrote it. Start that one.");
    }
    String id = string(row);
    String text = string(row);
    int headerCount = row.getInt();
    Map<String, byte[]> headers = new LinkedHashMap<>();
    for (int i = 0; i < headerCount; i++) {
      headers.put(string(row), bytes(row, row.getInt()));
    }
    return new PendingTicket(
        id,
        text,
        headers,
        instant(row),
        instant(row),
        string(row),
        row.getInt(),
        row.getLong(),
        bytesIfAny(row),
        row.getLong(),
        stringIfAny(row));
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static int size(byte @Nullable [] field) {
    return Integer.BYTES + (field == null ? 0 : field.length);
  }

  private static void put(ByteBuffer row, byte @Nullable [] field) {
    if (field == null) {
      row.putInt(ABSENT);
    } else {
      row.putInt(field.length).put(field);
    }
  }

  private static void put(ByteBuffer row, Instant time) {
    row.putLong(time.getEpochSecond()).putInt(time.getNano());
  }

  private static Instant instant(ByteBuffer row) {
    return Instant.ofEpochSecond(row.getLong(), row.getInt());
  }

  private static String string(ByteBuffer row) {
    return new String(bytes(row, row.getInt()), StandardCharsets.UTF_8);
  }

  private static @Nullable String stringIfAny(ByteBuffer row) {
    byte[] field = bytesIfAny(row);
    return field == null ? null : new String(field, StandardCharsets.UTF_8);
  }

  private static byte @Nullable [] bytesIfAny(ByteBuffer row) {
    int length = row.getInt();
    return length == ABSENT ? null : bytes(row, length);
  }

  private static byte[] bytes(ByteBuffer row, int length) {
    byte[] field = new byte[length];
    row.get(field);
    return field;
  }
}
