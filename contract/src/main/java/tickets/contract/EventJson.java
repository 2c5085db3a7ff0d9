package tickets.contract;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.deser.std.StdDeserializer;
import tools.jackson.databind.ext.javatime.deser.InstantDeserializer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.ser.std.StdSerializer;

/**
 * The one JSON of all events and answers: UTF-8, snake_case, unknown fields ignored, absent ones
 * left out, times in RFC 3339 UTC with exactly three digits of a second (so that they also sort as
 * text).
 */
public final class EventJson {

  private static final DateTimeFormatter MILLIS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  private static final String SHAPE = "0000-00-00T00:00:00.000Z";
  private static final int NANOS_OF_MILLI = 1_000_000;

  /** What only a rejection has. */
  private static final byte[] CODE_FIELD = "\"code\"".getBytes(StandardCharsets.US_ASCII);

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .changeDefaultPropertyInclusion(
              all -> all.withValueInclusion(JsonInclude.Include.NON_NULL))
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          // {"text": "a", "text": "b"} has no one meaning: better refused than guessed.
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          // The same numbers; before Java 19 the platform's own way takes several times as long.
          .enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER)
          .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER)
          .addModule(
              new SimpleModule()
                  .addSerializer(Instant.class, new InstantSerializer())
                  .addDeserializer(Instant.class, new InstantReader()))
          .build();

  private EventJson() {}

  /** The mapper itself, for those who read or write JSON of their own. */
  public static JsonMapper mapper() {
    return MAPPER;
  }

  /** Formats a time as all events do. */
  public static String time(Instant time) {
    LocalDateTime utc =
        LocalDateTime.ofEpochSecond(time.getEpochSecond(), time.getNano(), ZoneOffset.UTC);
    if (utc.getYear() < 0 || utc.getYear() > 9_999) {
      return MILLIS.format(time);
    }
    // What MILLIS would say, a tenth of the time: every event has two of these.
    char[] text = SHAPE.toCharArray();
    digits(text, 0, 4, utc.getYear());
    digits(text, 5, 2, utc.getMonthValue());
    digits(text, 8, 2, utc.getDayOfMonth());
    digits(text, 11, 2, utc.getHour());
    digits(text, 14, 2, utc.getMinute());
    digits(text, 17, 2, utc.getSecond());
    digits(text, 20, 3, utc.getNano() / NANOS_OF_MILLI);
    return new String(text);
  }

  /** Reads what {@link #time} wrote; null if it is written in another way, or no time. */
  private static @Nullable Instant readTime(String text) {
    if (text.length() != SHAPE.length()) {
      return null;
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean fits = SHAPE.charAt(i) == '0' ? c >= '0' && c <= '9' : c == SHAPE.charAt(i);
      if (!fits) {
        return null;
      }
    }
    try {
      return LocalDateTime.of(
              number(text, 0, 4),
              number(text, 5, 2),
              number(text, 8, 2),
              number(text, 11, 2),
              number(text, 14, 2),
              number(text, 17, 2),
              number(text, 20, 3) * NANOS_OF_MILLI)
          .toInstant(ZoneOffset.UTC);
    } catch (DateTimeException e) {
      return null;
    }
  }

  private static int number(String text, int at, int count) {
    int number = 0;
    for (int i = at; i < at + count; i++) {
      number = 10 * number + (text.charAt(i) - '0');
    }
    return number;
  }

  private static void digits(char[] text, int at, int count, int number) {
    int left = number;
    for (int i = at + count - 1; i >= at; i--) {
      text[i] = (char) ('0' + left % 10);
      left /= 10;
    }
  }

  public static byte[] write(Object event) {
    return MAPPER.writeValueAsBytes(event);
  }

  /**
   * @throws IOException if the bytes are not such an event; the message never repeats a ticket's
   *     text
   */
  public static ScoredTicket readScored(byte[] json) throws IOException {
    return read(json, node -> ScoredTicket.class);
  }

  /**
   * @throws IOException if the bytes are not such an event; the message never repeats a ticket's
   *     text
   */
  public static Rejection readRejection(byte[] json) throws IOException {
    return read(json, node -> Rejection.class);
  }

  /**
   * Reads either kind of outcome: a rejection is the one with a {@code code}.
   *
   * @throws IOException if the bytes are neither; the message never repeats a ticket's text
   */
  public static Outcome readOutcome(byte[] json) throws IOException {
    // Nearly all are scores. Straight from the bytes takes half the time of the way round by a
    // tree.
    if (!contains(json, CODE_FIELD) && !goesBeyondUnicode(json)) {
      try {
        ScoredTicket scored = MAPPER.readValue(json, ScoredTicket.class);
        if (scored != null) {
          return scored;
        }
      } catch (JacksonException e) {
        // The tree says what it is, or what is wrong with it.
      }
    }
    return read(json, node -> node.has("code") ? Rejection.class : ScoredTicket.class);
  }

  /** A text in JSON can't hold these bytes: its quotation marks are escaped. */
  private static boolean contains(byte[] json, byte[] field) {
    for (int start = 0; start <= json.length - field.length; start++) {
      int same = 0;
      while (same < field.length && json[start + same] == field[same]) {
        same++;
      }
      if (same == field.length) {
        return true;
      }
    }
    return false;
  }

  /**
   * UTF-8's pattern can hold numbers above U+10FFFF. In names the parser takes them, as half a
   * character that can be written and never be read again.
   */
  private static boolean goesBeyondUnicode(byte[] json) {
    for (int i = 0; i < json.length; i++) {
      int lead = json[i] & 0xFF;
      if (lead > 0xF4 || (lead == 0xF4 && i + 1 < json.length && (json[i + 1] & 0xFF) > 0x8F)) {
        return true;
      }
    }
    return false;
  }

  /** As the others, for a record of this package. */
  static <T> T readObject(byte[] json, Class<T> type) throws IOException {
    return read(json, node -> type);
  }

  private static <T> T read(byte[] json, Function<JsonNode, Class<? extends T>> type)
      throws IOException {
    if (goesBeyondUnicode(json)) {
      throw new IOException("This is not UTF-8.");
    }
    JsonNode node;
    try {
      node = MAPPER.readTree(json);
    } catch (JacksonException e) {
      throw new IOException("This can't be read as JSON.", e);
    }
    // JSON's null would be read as Java's, and an empty value too.
    if (!node.isObject()) {
      throw new IOException("This is not a JSON object.");
    }
    Class<? extends T> kind = type.apply(node);
    try {
      return MAPPER.treeToValue(node, kind);
    } catch (JacksonException e) {
      // Where, not what: the parser's own words would repeat a ticket's text in logs.
      throw new IOException(
          "This is not a " + kind.getSimpleName() + ": see " + e.getPathReference() + ".", e);
    }
  }

  private static final class InstantSerializer extends StdSerializer<Instant> {
    InstantSerializer() {
      super(Instant.class);
    }

    @Override
    public void serialize(Instant time, JsonGenerator out, SerializationContext context) {
      out.writeString(time(time));
    }
  }

  /** Times as written here by a short way, all others as Jackson reads them. */
  private static final class InstantReader extends StdDeserializer<Instant> {
    InstantReader() {
      super(Instant.class);
    }

    @Override
    public Instant deserialize(JsonParser in, DeserializationContext context) {
      if (in.hasToken(JsonToken.VALUE_STRING)) {
        Instant time = readTime(in.getString());
        if (time != null) {
          return time;
        }
      }
      return InstantDeserializer.INSTANT.deserialize(in, context);
    }
  }
}
