package tickets.scorer.labelled;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LabelledTicketsTest {
  @TempDir Path directory;

  @Test
  void readsJsonLinesAndNamesTheBadOnes() throws IOException {
    LabelledTickets read =
        read(
            "tickets.jsonl",
            """
            {"text": " Сервер лежит ", "label": 3, "set": "a"}

            {"subject": "VPN", "body": "does not connect", "label": "high"}
            {"text": "no label"}
            {"text": "", "label": 1}
            {"text": "cut off", "label":
            [1, 2]
            {"text": "last", "label": null}
            """);

    assertThat(read.tickets()).hasSize(2);
    LabelledTicket first = read.tickets().get(0);
    assertThat(first.text()).isEqualTo("Сервер лежит");
    assertThat(first.label()).isEqualTo("3");
    assertThat(first.field("set")).isEqualTo("a");
    assertThat(first.line()).isEqualTo(1);
    assertThat(read.tickets().get(1).text()).isEqualTo("VPN\n\ndoes not connect");
    assertThat(read.bad().stream().map(BadRow::line)).containsExactly(4L, 5L, 6L, 7L, 8L);
    assertThat(read.bad().get(0).reason()).contains("no label");
    assertThat(read.bad().get(1).reason()).contains("no text");
    assertThat(read.bad().get(2).reason()).contains("not JSON");
  }

  @ParameterizedTest
  @CsvSource({"','", "';'", "'\t'", "'|'"})
  void findsTheDelimiterOut(String delimiter) throws IOException {
    LabelledTickets read =
        read(
            "tickets.csv",
            """
            id#text#label
            1#"Printer: paper jam, again; or is it | dust?"#low
            2#"He said ""now""
            and hung up"#high
            3#short
            """
                .replace("#", delimiter));

    assertThat(read.tickets().stream().map(LabelledTicket::text))
        .containsExactly(
            "Printer: paper jam, again; or is it | dust?", "He said \"now\"\nand hung up");
    assertThat(read.tickets().get(1).line()).isEqualTo(3);
    assertThat(read.bad()).hasSize(1);
    assertThat(read.bad().get(0).line()).isEqualTo(5);
    assertThat(read.bad().get(0).reason()).contains("2 fields, the header 3");
  }

  @ParameterizedTest
  @ValueSource(strings = {"windows-1251", "KOI8-R", "UTF-8", "UTF-16LE", "UTF-16BE"})
  void findsTheEncodingOut(String encoding) throws IOException {
    String text =
        "text;label\n"
            + "Не работает почта у всего отдела, письма не уходят с самого утра;high\n"
            + "Подскажите, пожалуйста, как поменять пароль от личного кабинета;low\n";
    byte[] bytes = text.getBytes(Charset.forName(encoding));
    if (encoding.startsWith("UTF-16")) {
      bytes = ("\uFEFF" + text).getBytes(Charset.forName(encoding));
    }
    Path file = Files.write(directory.resolve("russian.csv"), bytes);

    LabelledTickets read = LabelledTickets.read(file, Columns.USUAL);

    assertThat(read.tickets().get(0).text()).startsWith("Не работает почта");
    assertThat(read.tickets()).hasSize(2);
    assertThat(read.source()).contains(encoding);
  }

  @Test
  void aByteOrderMarkIsNoPartOfTheFirstColumn() throws IOException {
    assertThat(read("tickets.csv", "\uFEFFtext,label\nhello,1\n").tickets()).hasSize(1);
  }

  @Test
  void whatCannotBeReadSaysWhatToDo() throws IOException {
    assertThatThrownBy(() -> read("tickets.csv", "message,urgency\nhello,1\n"))
        .isInstanceOf(UnusableData.class)
        .hasMessageContaining("\"text\"")
        .hasMessageContaining("[message, urgency]");
    assertThatThrownBy(() -> read("tickets.csv", "text,urgency\nhello,1\n"))
        .isInstanceOf(UnusableData.class)
        .hasMessageContaining("\"label\" for the label");
    assertThatThrownBy(() -> read("tickets.csv", ""))
        .isInstanceOf(UnusableData.class)
        .hasMessageContaining("empty");
    assertThatThrownBy(() -> LabelledTickets.read(directory.resolve("none.csv"), Columns.USUAL))
        .isInstanceOf(UnusableData.class)
        .hasMessageContaining("not there");
    Path file =
        Files.write(
            directory.resolve("x.csv"), "text,label\nпривет,1\n".getBytes(StandardCharsets.UTF_8));
    assertThatThrownBy(() -> LabelledTickets.read(file, Columns.USUAL, "US-ASCII", ""))
        .isInstanceOf(UnusableData.class)
        .hasMessageContaining("US-ASCII");
  }

  @Test
  void otherColumns() throws IOException {
    Path file =
        Files.writeString(
            directory.resolve("t.csv"), "Тема,Описание,Приоритет\nПочта,не ходит,2\n");

    LabelledTickets read =
        LabelledTickets.read(file, new Columns("text", "Тема", "Описание", "Приоритет"));

    assertThat(read.tickets().get(0).text()).isEqualTo("Почта\n\nне ходит");
    assertThat(read.tickets().get(0).label()).isEqualTo("2");
  }

  private LabelledTickets read(String name, String content) throws IOException {
    Path file = Files.writeString(directory.resolve(name), content);
    return LabelledTickets.read(file, Columns.USUAL);
  }
}
