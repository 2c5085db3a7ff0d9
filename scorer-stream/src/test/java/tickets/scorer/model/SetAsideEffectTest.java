package tickets.scorer.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import tickets.scorer.model.MaskingEffectTest.Answer;
import tickets.scorer.model.MaskingEffectTest.Row;
import tickets.scorer.reading.OwnWords;

/**
 * What setting mail's wrapping aside does to the score, for docs/mail.md: the labelled tickets that
 * the bundled model has not seen, put into mail, scored with and without it. Only on demand, as it
 * scores some thousand texts:
 *
 * <pre>
 * mvn test -pl scorer-stream -am -Dtest=SetAsideEffectTest -Dlabelled=models/data/tickets.jsonl
 *     -Dsurefire.failIfNoSpecifiedTests=false</pre>
 */
@EnabledIfSystemProperty(named = "labelled", matches = ".+")
class SetAsideEffectTest {

  /** In Russian and in English: a signature, a footer, and how an answered letter begins. */
  private record Frame(String signature, String footer, String attribution, String outlook) {}

  private static final Map<String, Frame> FRAMES =
      Map.of(
          "ru",
          new Frame(
              "С уважением,\nИван Петров\nруководитель отдела продаж\nООО «Ромашка»\nтел. +7 (495)"
                  + " 123-45-67",
              "Настоящее сообщение и любые вложения к нему конфиденциальны и предназначены"
                  + " исключительно для адресата. Если вы получили его по ошибке, немедленно"
                  + " уведомите отправителя и удалите его; раскрытие и копирование запрещены.",
              "пн, 3 нояб. 2025 г. в 10:12, Анна Смирнова <anna@example.com>:",
              "От: Анна Смирнова <anna@example.com>\nОтправлено: 3 ноября 2025 г. 10:12\nКому:"
                  + " Служба поддержки\nТема: RE: обращение\n"),
          "en",
          new Frame(
              "Best regards,\nJohn Smith\nHead of Sales\nExample Ltd\nphone +44 20 7946 0018",
              "This e-mail and any attachments are confidential and intended solely for the"
                  + " addressee. If you are not the intended recipient, please notify the sender"
                  + " immediately and delete it; any disclosure or copying is prohibited.",
              "On Mon, Nov 3, 2025 at 10:12 AM Ann Smith <ann@example.com> wrote:",
              "From: Ann Smith <ann@example.com>\nSent: Monday, November 3, 2025 10:12 AM\nTo:"
                  + " Support\nSubject: RE: request\n"));

  @TempDir Path asWritten;

  @Test
  void whatIsSetAsideNoLongerMovesTheScore() throws IOException {
    // Maven runs the tests in the module.
    Path file = Path.of(System.getProperty("labelled"));
    List<Row> rows =
        MaskingEffectTest.rows(Files.exists(file) ? file : Path.of("..").resolve(file)).stream()
            .filter(Row::validation)
            .toList();
    BundledModel.copyTo(asWritten);
    Path manifest = asWritten.resolve("priority.json");
    Files.writeString(
        manifest, Files.readString(manifest).replaceFirst("\\{", "{\"set_aside\": false,"));

    Random random = new Random(8);
    List<Row> others = rows.stream().map(row -> other(rows, row, random)).toList();
    try (TicketScorer all = TicketScorer.load(asWritten, Precision.AUTO);
        TicketScorer own = TicketScorer.load(BundledModel.DIRECTORY, Precision.AUTO)) {
      tell(all, own, "as they are", rows, rows.stream().map(Row::text).toList());
      double[] signed =
          tell(all, own, "signed, with a footer", rows, wrap(rows, others, this::signed));
      double[] marked =
          tell(all, own, "reply, quote marked", rows, wrap(rows, others, this::reply));
      double[] outlook =
          tell(all, own, "reply, Outlook's header", rows, wrap(rows, others, this::outlook));
      double[] html = tell(all, own, "reply in HTML", rows, wrap(rows, others, this::html));
      for (double[] f1 : List.of(signed, marked, outlook, html)) {
        assertThat(f1[1]).isGreaterThanOrEqualTo(f1[0] - 0.01);
      }
    }
  }

  private interface Wrapping {
    String wrap(Row row, Row other, Frame frame);
  }

  private static List<String> wrap(List<Row> rows, List<Row> others, Wrapping wrapping) {
    return java.util.stream.IntStream.range(0, rows.size())
        .mapToObj(i -> wrapping.wrap(rows.get(i), others.get(i), FRAMES.get(rows.get(i).lang())))
        .toList();
  }

  /** One of another label and the same language: what the answered letter was about. */
  private static Row other(List<Row> rows, Row row, Random random) {
    Row other;
    do {
      other = rows.get(random.nextInt(rows.size()));
    } while (other.label() == row.label() || !other.lang().equals(row.lang()));
    return other;
  }

  private String signed(Row row, Row other, Frame frame) {
    return row.text() + "\n\n" + frame.signature() + "\n\n" + frame.footer();
  }

  private String reply(Row row, Row other, Frame frame) {
    String quote = other.text().lines().map(line -> "> " + line).collect(Collectors.joining("\n"));
    return row.text() + "\n\n" + frame.signature() + "\n\n" + frame.attribution() + "\n" + quote;
  }

  private String outlook(Row row, Row other, Frame frame) {
    return row.text()
        + "\n\n"
        + frame.signature()
        + "\n\n"
        + frame.outlook()
        + "\n"
        + other.text()
        + "\n\n"
        + frame.footer();
  }

  private String html(Row row, Row other, Frame frame) {
    return "<html><head><style>p {margin: 0}</style></head><body><div dir=\"ltr\">"
        + lines(row.text())
        + "<div><br></div><div>"
        + lines(frame.signature())
        + "</div></div><br><div class=\"gmail_quote\"><div>"
        + escape(frame.attribution())
        + "<br></div><blockquote class=\"gmail_quote\">"
        + lines(other.text())
        + "</blockquote></div></body></html>";
  }

  private static String lines(String text) {
    return text.lines()
        .map(line -> "<div>" + escape(line) + "<br></div>")
        .collect(Collectors.joining());
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }

  /** Macro-F1 of the texts as written, and with what is no own word set aside. */
  private static double[] tell(
      TicketScorer all, TicketScorer own, String what, List<Row> rows, List<String> texts) {
    List<Answer> before = MaskingEffectTest.score(all, texts);
    List<Answer> after = MaskingEffectTest.score(own, texts);
    int whole = 0;
    int changed = 0;
    for (int i = 0; i < rows.size(); i++) {
      String words = OwnWords.of(texts.get(i)).text();
      whole +=
          words
                  .replaceAll("\\s+", " ")
                  .equals(OwnWords.of(rows.get(i).text()).text().strip().replaceAll("\\s+", " "))
              ? 1
              : 0;
      changed += before.get(i).label() == after.get(i).label() ? 0 : 1;
    }
    double[] f1 = {MaskingEffectTest.f1(rows, before), MaskingEffectTest.f1(rows, after)};
    System.out.printf(
        Locale.ROOT,
        "%-24s macro-F1 as written %.4f, own words %.4f; %d of %d labels differ; own words found"
            + " exactly in %d%n",
        what,
        f1[0],
        f1[1],
        changed,
        rows.size(),
        whole);
    return f1;
  }
}
