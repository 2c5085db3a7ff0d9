package tickets.benchmarks.killanywhere;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import tickets.contract.EventJson;
import tickets.contract.Sha256;

/**
 * The tickets of a run: real texts, each made distinct by its number, spread over three ways in and
 * the ways to name a ticket. One in fifty is malformed. The n-th ticket depends on seed and n
 * alone.
 */
final class Workload {

  private static final int ONE_IN_MALFORMED = 50;

  private final long seed;
  private final List<String> texts;

  /**
   * @param file JSON lines with a field {@code text}
   */
  Workload(Path file, long seed) {
    this.seed = seed;
    try {
      this.texts =
          Files.readAllLines(file).stream()
              .map(line -> EventJson.mapper().readTree(line).get("text").stringValue().strip())
              .toList();
    } catch (IOException e) {
      throw new UncheckedIOException("The workload " + file + " can't be read", e);
    }
  }

  /** How a ticket comes in. */
  enum Channel {
    HTTP_SYNC,
    HTTP_ASYNC,
    KAFKA
  }

  private enum Naming {
    BY_ID,
    BY_KEY,
    NOT_AT_ALL
  }

  /**
   * A ticket as its client has it, before anyone took it.
   *
   * @param id the client's own: body's task_id or record key; null if the product names the ticket
   * @param idempotencyKey the HTTP header's value, where the client uses one
   * @param key of the Kafka record
   * @param value HTTP body or record value; null is a tombstone
   * @param textSha256 of the text, as outcomes carry it; for a malformed one, of the value
   * @param flaw what is wrong with it; null for a good one
   */
  record Draft(
      int number,
      Channel channel,
      @Nullable String id,
      @Nullable String idempotencyKey,
      byte @Nullable [] key,
      byte @Nullable [] value,
      @Nullable String textSha256,
      @Nullable String flaw) {

    boolean malformed() {
      return flaw != null;
    }
  }

  /**
   * @param number from 0
   */
  Draft draft(int number) {
    SplittableRandom random = new SplittableRandom(seed * 1_000_003 + number);
    Channel channel = Channel.values()[random.nextInt(Channel.values().length)];
    String text = texts.get(random.nextInt(texts.size())) + "\n\n[" + seed + "-" + number + "]";
    String id = "ka-" + seed + "-" + number;
    boolean malformed = Math.floorMod(number + seed, ONE_IN_MALFORMED) == 0;
    if (channel == Channel.KAFKA) {
      return malformed ? badRecord(number, id, text, random) : record(number, id, text, random);
    }
    return malformed
        ? badCall(number, channel, id, random)
        : call(number, channel, id, text, random);
  }

  private static Draft call(
      int number, Channel channel, String id, String text, SplittableRandom random) {
    // Who waits need not name its ticket; it goes by a lane of its own then.
    Naming naming = Naming.values()[random.nextInt(channel == Channel.HTTP_SYNC ? 3 : 2)];
    String bodyId = naming == Naming.BY_ID ? id : null;
    byte[] body = json(bodyId, text, random.nextInt(4) == 0);
    return new Draft(
        number,
        channel,
        bodyId,
        naming == Naming.BY_KEY ? "key-" + id : null,
        null,
        body,
        Sha256.hex(text),
        null);
  }

  private static Draft badCall(int number, Channel channel, String id, SplittableRandom random) {
    return switch (random.nextInt(4)) {
      case 0 -> bad(number, channel, null, "broken JSON", utf8("{\"text\": \"broken"));
      case 1 ->
          bad(number, channel, id, "no text", utf8("{\"task_id\":\"" + id + "\",\"note\":1}"));
      case 2 ->
          bad(
              number,
              channel,
              id,
              "empty text",
              utf8("{\"task_id\":\"" + id + "\",\"text\":\" \"}"));
      default -> bad(number, channel, id, "too long", json(id, "a".repeat(10_001), false));
    };
  }

  private static Draft bad(
      int number, Channel channel, @Nullable String id, String flaw, byte[] body) {
    return new Draft(number, channel, id, null, null, body, Sha256.hex(body), flaw);
  }

  private static Draft record(int number, String id, String text, SplittableRandom random) {
    boolean subject = random.nextInt(4) == 0;
    return switch (random.nextInt(8)) {
      // Neither key nor task_id: the record's position names the ticket.
      case 0 -> record(number, null, null, json(null, text, subject), text);
      case 1 -> record(number, id, null, json(id, text, subject), text);
      case 2 -> record(number, id, utf8(id), json(id, text, subject), text);
      default -> record(number, id, utf8(id), json(null, text, subject), text);
    };
  }

  private static Draft record(
      int number, @Nullable String id, byte @Nullable [] key, byte[] value, String text) {
    return new Draft(number, Channel.KAFKA, id, null, key, value, Sha256.hex(text), null);
  }

  private static Draft badRecord(int number, String id, String text, SplittableRandom random) {
    byte[] key = utf8(id);
    return switch (random.nextInt(9)) {
      case 0 -> badRecord(number, id, key, "broken JSON", utf8("{\"text\": \"broken"));
      case 1 -> badRecord(number, id, key, "not JSON", utf8("the printer is on fire"));
      case 2 -> badRecord(number, id, key, "not UTF-8", new byte[] {'{', '"', (byte) 0xff, 0x01});
      case 3 -> badRecord(number, id, key, "no text", utf8("{\"note\":\"" + number + "\"}"));
      case 4 -> badRecord(number, id, key, "a number for a text", utf8("{\"text\":42}"));
      case 5 -> badRecord(number, id, key, "too long", json(null, "я".repeat(10_001), false));
      case 6 -> badRecord(number, id, key, "another task_id", json("other-" + id, text, false));
      case 7 -> badRecord(number, id, key, "no value", null);
      // No id can have a space: the record's position names the rejection.
      default -> badRecord(number, null, utf8("no id " + number), "key", json(null, text, false));
    };
  }

  private static Draft badRecord(
      int number, @Nullable String id, byte[] key, String flaw, byte @Nullable [] value) {
    return new Draft(
        number,
        Channel.KAFKA,
        id,
        null,
        key,
        value,
        value == null ? null : Sha256.hex(value),
        flaw);
  }

  /** As {@code text}, or with its first line as subject; both are the same ticket. */
  private static byte[] json(@Nullable String id, String text, boolean withSubject) {
    Map<String, Object> body = new LinkedHashMap<>();
    if (id != null) {
      body.put("task_id", id);
    }
    int blankLine = text.lastIndexOf("\n\n");
    if (withSubject && blankLine > 0 && !Character.isWhitespace(text.charAt(blankLine - 1))) {
      body.put("subject", text.substring(0, blankLine));
      body.put("body", text.substring(blankLine + 2));
    } else {
      body.put("text", text);
    }
    return EventJson.write(body);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
