package tickets.contract;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.io.IOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
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
   * @throws IOException if the bytes are not such an event
   */
  public static ScoredTicket readScored(byte[] json) throws IOException {
    return read(json, ScoredTicket.class);
  }

  /**
   * @throws IOException if the bytes are not such an event
   */
  public static Rejection readRejection(byte[] json) throws IOException {
    return read(json, Rejection.class);
  }

  /**
   * Reads either kind of outcome: a rejection is the one with a {@code code}.
   *
   * @throws IOException if the bytes are neither
   */
  public static Outcome readOutcome(byte[] json) throws IOException {
    try {
      JsonNode node = MAPPER.readTree(json);
      return node.has("code")
          ? MAPPER.treeToValue(node, Rejection.class)
          : MAPPER.treeToValue(node, ScoredTicket.class);
    } catch (JacksonException e) {
      throw new IOException("Not an outcome: " + e.getOriginalMessage(), e);
    }
  }

  private static <T> T read(byte[] json, Class<T> type) throws IOException {
    try {
      return MAPPER.readValue(json, type);
    } catch (JacksonException e) {
      throw new IOException("Not a " + type.getSimpleName() + ": " + e.getOriginalMessage(), e);
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
