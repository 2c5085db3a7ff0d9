package tickets.contract;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.node.ObjectNode;

class EventJsonTest {

  private static final DateTimeFormatter PLATFORM =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  static Stream<Instant> times() {
    Random random = new Random(1);
    return Stream.concat(
        Stream.of(
            Instant.EPOCH,
            Instant.parse("0000-01-01T00:00:00Z"),
            Instant.parse("-0001-12-31T23:59:59.999Z"),
            Instant.parse("2024-02-29T23:59:59.999999999Z"),
            Instant.parse("9999-12-31T23:59:59.999999999Z"),
            Instant.parse("+10000-01-01T00:00:00Z"),
            Instant.ofEpochMilli(-1)),
        Stream.generate(
                () ->
                    Instant.ofEpochSecond(
                        random.nextLong(-62_167_219_200L, 253_402_300_800L),
                        random.nextInt(1_000_000_000)))
            .limit(500));
  }

  @ParameterizedTest
  @MethodSource("times")
  void timesReadAsThePlatformWritesThem(Instant time) {
    assertThat(EventJson.time(time)).isEqualTo(PLATFORM.format(time));
  }

  @ParameterizedTest
  @MethodSource("times")
  void timesComeBackToTheMillisecond(Instant time) {
    assertThat(EventJson.mapper().readValue(EventJson.write(time), Instant.class))
        .isEqualTo(time.truncatedTo(ChronoUnit.MILLIS));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2026-11-25T10:00:00Z",
        "2026-11-25T10:00:00.123456789Z",
        "2026-11-25T13:00:00.123+03:00",
        "2026-11-25T24:00:00.000Z"
      })
  void timesOfOthersAreReadAsThePlatformReadsThem(String text) {
    assertThat(EventJson.mapper().readValue('"' + text + '"', Instant.class))
        .isEqualTo(DateTimeFormatter.ISO_INSTANT.parse(text, Instant::from));
  }

  @ParameterizedTest
  @ValueSource(strings = {"2026-13-25T10:00:00.000Z", "2025-02-29T10:00:00.000Z", "soon"})
  void whatIsNoTimeIsNotTakenForOne(String text) {
    assertThatThrownBy(
            () -> EventJson.mapper().readValue('[' + ('"' + text + '"') + ']', Instant[].class))
        .isInstanceOf(JacksonException.class);
  }

  @Test
  void anOutcomeWithACodeIsARejectionWhateverElseItHas() throws IOException {
    ObjectNode both = EventJson.mapper().createObjectNode();
    both.setAll((ObjectNode) EventJson.mapper().readTree(example("scored-ticket")));
    both.setAll((ObjectNode) EventJson.mapper().readTree(example("rejection")));

    assertThat(EventJson.readOutcome(EventJson.write(both))).isInstanceOf(Rejection.class);
  }

  @Test
  void aTextThatSpeaksOfACodeIsNoRejection() throws IOException {
    ObjectNode scored = (ObjectNode) EventJson.mapper().readTree(example("scored-ticket"));
    scored.put("text", "{\"code\": \"INVALID\"} is what I get");

    assertThat(EventJson.readOutcome(EventJson.write(scored))).isInstanceOf(ScoredTicket.class);
  }

  /** Found by the fuzzer: the parser read such a name, and not what was written of it. */
  @ParameterizedTest
  @ValueSource(strings = {"\u00F4\u0090\u0080\u0080", "\u00F5\u0080\u0080\u0080"})
  void whatIsBeyondUnicodeIsNotTakenForAName(String bytes) throws IOException {
    String good = new String(example("scored-ticket"), ISO_8859_1);
    byte[] bad = good.replace("{ \"LABEL_0", "{ \"" + bytes).getBytes(ISO_8859_1);
    assertThat(bad).isNotEqualTo(good.getBytes(ISO_8859_1));

    assertThatThrownBy(() -> EventJson.readOutcome(bad))
        .isInstanceOf(IOException.class)
        .hasMessage("This is not UTF-8.");
  }

  private static byte[] example(String name) throws IOException {
    try (InputStream example = EventJson.class.getResourceAsStream("/examples/" + name + ".json")) {
      return requireNonNull(example).readAllBytes();
    }
  }

  static Stream<Double> numbers() {
    Random random = new Random(2);
    return Stream.concat(
        Stream.of(0.0, 1.0, 1e-7, 0.1 + 0.2, Double.MIN_VALUE, 123_456_789.123, 2e-3),
        Stream.generate(random::nextDouble).limit(500));
  }

  @ParameterizedTest
  @MethodSource("numbers")
  void numbersComeBackToTheLastBit(double number) {
    assertThat(EventJson.mapper().readValue(EventJson.write(number), Double.class))
        .isEqualTo(number);
  }
}
