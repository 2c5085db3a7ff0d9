package tickets.scorer.labelled;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.DateTimeParseException;
import java.time.format.ResolverStyle;
import java.time.temporal.ChronoField;
import java.time.temporal.TemporalAccessor;
import java.time.temporal.TemporalQueries;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Times as exports of ticket systems write them. One form has to fit every row of a column: as
 * text, 01.12.2025 would come before 31.01.2024, and the latest tickets would not be the latest.
 */
final class TicketTimes {
  private static final String TIME_OF_DAY = "[[,][ ]['T']H:mm[:ss]]";
  private static final String ZONE = "[ ][XXX][XX][X]";

  private static final Pattern FRACTION_OF_SECOND = Pattern.compile("(:\\d{2})[.,]\\d+");

  /** So many rows are named that can't be read. */
  private static final int NAMED = 3;

  /**
   * @param like an example, for people
   * @param read a time, or null where the text has another form
   */
  private record Form(String like, Function<String, @Nullable Instant> read) {}

  private static final List<Form> FORMS =
      List.of(
          pattern("2026-01-31 09:30", "uuuu-M-d" + TIME_OF_DAY + ZONE),
          pattern("31.01.2026 09:30", "d.M.uuuu" + TIME_OF_DAY + ZONE),
          pattern("31.01.26 09:30", "d.M.uu" + TIME_OF_DAY + ZONE),
          pattern("2026/01/31 09:30", "uuuu/M/d" + TIME_OF_DAY + ZONE),
          pattern("31/01/2026 09:30", "d/M/uuuu" + TIME_OF_DAY + ZONE),
          pattern("01/31/2026 09:30", "M/d/uuuu" + TIME_OF_DAY + ZONE),
          pattern("01/31/2026 9:30 AM", "M/d/uuuu[,][ ]h:mm[:ss][ ]a"),
          new Form("seconds or milliseconds since 1970", TicketTimes::sinceEpoch));

  private TicketTimes() {}

  /**
   * The time of each ticket.
   *
   * @throws UnusableData if no form fits all of them, or two do that say different things
   */
  static List<Instant> of(List<LabelledTicket> tickets, String column) {
    List<Instant> best = List.of();
    List<Form> fitting = new ArrayList<>();
    Form nearest = FORMS.get(0);
    int most = -1;
    for (Form form : FORMS) {
      List<@Nullable Instant> times = new ArrayList<>();
      tickets.forEach(ticket -> times.add(form.read().apply(ticket.field(column).strip())));
      int read = (int) times.stream().filter(Objects::nonNull).count();
      if (read == tickets.size()) {
        List<Instant> all = List.copyOf(times);
        if (!fitting.isEmpty() && !all.equals(best)) {
          throw new UnusableData(
              "\"%s\" can be read as %s and as %s, in every row. Write the times as %s."
                  .formatted(column, fitting.get(0).like(), form.like(), FORMS.get(0).like()));
        }
        best = all;
        fitting.add(form);
      }
      if (read > most) {
        most = read;
        nearest = form;
      }
    }
    if (fitting.isEmpty()) {
      throw unreadable(tickets, column, nearest);
    }
    return best;
  }

  private static UnusableData unreadable(List<LabelledTicket> tickets, String column, Form form) {
    List<LabelledTicket> bad =
        tickets.stream()
            .filter(ticket -> form.read().apply(ticket.field(column).strip()) == null)
            .toList();
    String named =
        bad.stream()
            .limit(NAMED)
            .map(ticket -> "line " + ticket.line() + " has \"" + ticket.field(column) + "\"")
            .collect(Collectors.joining(", "));
    return new UnusableData(
        "To split by time every row needs a time in \"%s\", all in one form. %d of %d have none like %s: %s%s. Other forms: %s."
            .formatted(
                column,
                bad.size(),
                tickets.size(),
                form.like(),
                named,
                bad.size() > NAMED ? ", …" : "",
                FORMS.stream()
                    .filter(other -> other != form)
                    .map(Form::like)
                    .collect(Collectors.joining(", "))));
  }

  /** Where no zone is given, all rows are taken to be in the same one. */
  private static Form pattern(String like, String pattern) {
    DateTimeFormatter formatter =
        new DateTimeFormatterBuilder()
            .parseCaseInsensitive()
            .appendPattern(pattern)
            .toFormatter(Locale.ENGLISH)
            .withResolverStyle(ResolverStyle.STRICT);
    return new Form(
        like,
        text -> {
          try {
            TemporalAccessor parsed =
                formatter.parse(FRACTION_OF_SECOND.matcher(text).replaceFirst("$1"));
            LocalDateTime local =
                parsed.isSupported(ChronoField.NANO_OF_DAY)
                    ? LocalDateTime.from(parsed)
                    : parsed.query(TemporalQueries.localDate()).atStartOfDay();
            ZoneId zone = parsed.query(TemporalQueries.zone());
            return local.atZone(zone == null ? ZoneOffset.UTC : zone).toInstant();
          } catch (DateTimeParseException e) {
            return null;
          }
        });
  }

  private static @Nullable Instant sinceEpoch(String text) {
    if (!text.matches("[0-9]{9,10}|[0-9]{13}")) {
      return null;
    }
    long number = Long.parseLong(text);
    return text.length() == 13 ? Instant.ofEpochMilli(number) : Instant.ofEpochSecond(number);
  }
}
