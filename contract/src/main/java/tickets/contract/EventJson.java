package tickets.contract;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.io.IOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.function.Function;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.SerializationContext;
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

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .changeDefaultPropertyInclusion(
              all -> all.withValueInclusion(JsonInclude.Include.NON_NULL))
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          // {"text": "a", "text": "b"} has no one meaning: better refused than guessed.
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .addModule(new SimpleModule().addSerializer(Instant.class, new InstantSerializer()))
          .build();

  private EventJson() {}

  /** The mapper itself, for those who read or write JSON of their own. */
  public static JsonMapper mapper() {
    return MAPPER;
  }

  /** Formats a time as all events do. */
  public static String time(Instant time) {
    return MILLIS.format(time);
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
    return read(json, node -> node.has("code") ? Rejection.class : ScoredTicket.class);
  }

  /** As the others, for a record of this package. */
  static <T> T readObject(byte[] json, Class<T> type) throws IOException {
    return read(json, node -> type);
  }

  private static <T> T read(byte[] json, Function<JsonNode, Class<? extends T>> type)
      throws IOException {
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
}
