package tickets.scorer.labelled;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TicketTimesTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "2026-01-31 | 2026-01-31T00:00:00Z",
        "2026-01-31 09:30 | 2026-01-31T09:30:00Z",
        "2026-01-31T09:30:15Z | 2026-01-31T09:30:15Z",
        "2026-01-31T09:30:15.123+03:00 | 2026-01-31T06:30:15Z",
        "2026-01-31 09:30:15.123456+00 | 2026-01-31T09:30:15Z",
        "31.01.2026 | 2026-01-31T00:00:00Z",
        "31.1.2026 9:30 | 2026-01-31T09:30:00Z",
        "31.01.2026, 09:30:15 | 2026-01-31T09:30:15Z",
        "31.01.26 09:30 | 2026-01-31T09:30:00Z",
        "2026/01/31 09:30 | 2026-01-31T09:30:00Z",
        "31/01/2026 09:30 | 2026-01-31T09:30:00Z",
        "1/31/2026 | 2026-01-31T00:00:00Z",
        "01/31/2026 9:30 PM | 2026-01-31T21:30:00Z",
        "1769851800 | 2026-01-31T09:30:00Z",
        "1769851800000 | 2026-01-31T09:30:00Z"
      })
  void formsOfExportsAreRead(String written, Instant meant) {
    assertThat(TicketTimes.of(tickets(written), "at")).containsExactly(meant);
  }

  @Test
  void oneRowTellsWhichNumberIsTheMonthOfAll() {
    assertThat(TicketTimes.of(tickets("01/02/2026", "13/02/2026"), "at"))
        .containsExactly(
            Instant.parse("2026-02-01T00:00:00Z"), Instant.parse("2026-02-13T00:00:00Z"));
    assertThat(TicketTimes.of(tickets("01/02/2026", "01/13/2026"), "at"))
        .containsExactly(
            Instant.parse("2026-01-02T00:00:00Z"), Instant.parse("2026-01-13T00:00:00Z"));
  }

  @Test
  void whatMayBeEitherIsNotGuessed() {
    assertThatThrownBy(() -> TicketTimes.of(tickets("01/02/2026", "03/04/2026"), "at"))
        .isInstanceOf(UnusableData.class)
        .hasMessage(
            "\"at\" can be read as 31/01/2026 09:30 and as 01/31/2026 09:30, in every row."
                + " Write the times as 2026-01-31 09:30.");
  }

  @Test
  void rowsWithoutATimeAreNamed() {
    assertThatThrownBy(
            () -> TicketTimes.of(tickets("31.01.2026", "yesterday", "", "30.02.2026"), "at"))
        .isInstanceOf(UnusableData.class)
        .hasMessageContaining(
            "3 of 4 have none like 31.01.2026 09:30: line 3 has \"yesterday\", line 4 has \"\","
                + " line 5 has \"30.02.2026\".");
  }

  private static List<LabelledTicket> tickets(String... times) {
    List<LabelledTicket> tickets = new ArrayList<>();
    for (String time : times) {
      tickets.add(new LabelledTicket("a text", "a", Map.of("at", time), tickets.size() + 2));
    }
    return tickets;
  }
}
