package tickets.contract;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CorrectionTest {

  private static final Instant NOW = Instant.parse("2026-11-26T09:15:02.118Z");

  @Test
  void theBrokersTimeCountsAndTheKeyServesAsId() throws IOException {
    byte[] value =
        "{\"task_priority\": \" LABEL_1 \", \"corrected_at\": \"1999-01-01T00:00:00.000Z\", \"x\": 1}"
            .getBytes(UTF_8);

    Correction read = Correction.fromRecord("a".getBytes(UTF_8), value, NOW);

    assertThat(read).isEqualTo(new Correction("a", "LABEL_1", "LABEL_1", null, null, NOW, null));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "{}",
        "{\"task_id\": \"a\"}",
        "{\"task_id\": \"a\", \"task_priority\": \" \\u0000 \"}",
        "{\"task_id\": \"no id\", \"task_priority\": \"LABEL_1\"}",
        "{\"task_id\": \"a\", \"task_priority\": [\"geheim\"]}"
      })
  void whatSaysNothingOfATicketIsNoCorrection(String value) {
    assertThatThrownBy(() -> Correction.fromRecord(null, value.getBytes(UTF_8), NOW))
        .isInstanceOf(IOException.class)
        .hasMessageNotContaining("geheim");
  }

  @ParameterizedTest
  @CsvSource({
    "'  Anna  Petrova ', 'Anna Petrova'",
    "'Анна\nПетрова\u0000', 'Анна Петрова'",
    "'a\u202Ebc\u200B', 'abc'",
    "'lone \uD83D surrogate', 'lone surrogate'",
    "'Zoë 🙈', 'Zoë 🙈'",
    "'\u00A0\u2028', "
  })
  void aNameIsOneVisibleLine(String written, String shown) {
    assertThat(Correction.line(written)).isEqualTo(shown);
  }

  @Test
  void whatIsTooLongForANameIsCutAndTheWordIsKept() throws IOException {
    String value =
        "{\"task_id\": \"a\", \"task_priority\": \"LABEL_1\", \"by\": \"%s\"}"
            .formatted("🙈".repeat(150));

    Correction read = Correction.fromRecord(null, value.getBytes(UTF_8), NOW);

    assertThat(read.by()).isEqualTo("🙈".repeat(Correction.BY_MAX_CHARS));
    assertThat(read.anonymous().by()).isNull();
    assertThat(read.anonymous().taskPriority()).isEqualTo("LABEL_1");
  }
}
