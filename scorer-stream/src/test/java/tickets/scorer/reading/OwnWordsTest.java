package tickets.scorer.reading;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tickets.scorer.reading.OwnWords.Kind;

class OwnWordsTest {
  private static final String MATTER =
      "Касса на входе не пробивает чеки с девяти утра, очередь уже на улице.";
  private static final String ENGLISH =
      "The card terminal at the front desk has declined every card since nine this morning.";

  private static void assertOwn(String text, String own, Kind... kinds) {
    OwnWords words = OwnWords.of(text);
    assertThat(words.text()).isEqualTo(own);
    assertThat(words.setAside()).containsExactlyInAnyOrder(kinds);
  }

  private static void assertKept(String text) {
    assertThat(OwnWords.of(text)).isEqualTo(new OwnWords(text, Set.of()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "On Mon, Nov 3, 2025 at 10:12 AM John Smith <john@example.com> wrote:",
        "On Mon, Nov 3, 2025 at 10:12 AM John Smith <\njohn@example.com> wrote:",
        "On 03/11/2025 10:12, Helpdesk wrote:",
        "пн, 3 нояб. 2025 г. в 10:12, Иван Петров <ivan@example.com>:",
        "3 ноября 2025 г., 10:12, Иван Петров <ivan@example.com> пишет:",
        "03.11.2025, 10:12, \"Иван Петров\" <ivan@example.com>:",
        "03.11.2025 10:12, Служба поддержки пишет:",
        "Понедельник, 3 ноября 2025, 10:12 +03:00 от Иван Петров <ivan@example.com>:",
        "Вы писали 3 ноября 2025 г., 10:12:15, ivan@example.com написал(а):",
      })
  void answeredLetterIsSetAside(String attribution) {
    assertOwn(
        MATTER + "\n\n" + attribution + "\n> Добрый день!\n>\n> Как дела?\n", MATTER, Kind.QUOTE);
    // Without marks: all the rest.
    assertOwn(MATTER + "\n\n" + attribution + "\n\nДобрый день!\nКак дела?", MATTER, Kind.QUOTE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-----Original Message-----\nFrom: a@example.com\n\nHow are you?",
        "-------- Исходное сообщение --------\nОт: a@example.com\n\nКак дела?",
        "From: Ann <a@example.com>\nSent: Monday, November 3, 2025 10:12 AM\nTo: Help\nSubject: RE: hi\n\nHow are you?",
        "От: Анна <a@example.com>\nОтправлено: 3 ноября 2025 г. 10:12\nКому: Помощь\nТема: привет\n\nКак дела?",
        "________________________________\nОт: Анна <a@example.com>\nДата: 3 ноября 2025\nКому: Помощь\n\nКак дела?",
        "*From:* Ann <a@example.com>\n\n*Sent:* Monday\n\n*To:* Help\n\nHow are you?",
      })
  void outlooksHeaderBeginsTheQuote(String quote) {
    OwnWords words = OwnWords.of(ENGLISH + "\n\n" + quote);
    assertThat(words.text()).startsWith(ENGLISH).doesNotContain("you?").doesNotContain("дела?");
    assertThat(words.setAside()).contains(Kind.QUOTE);
  }

  @Test
  void answersBetweenTheQuotedLinesAreKept() {
    assertOwn(
        """
        03.11.2025, 10:12, "Иван" <ivan@example.com>:
        > Что именно не работает?
        Касса на входе, с девяти утра ни одного чека.
        > Пробовали перезагрузить?
        Да, дважды.
        """,
        "Касса на входе, с девяти утра ни одного чека.\nДа, дважды.",
        Kind.QUOTE);
  }

  @Test
  void shortAnswerKeepsWhatItAnswers() {
    assertKept(
        "Всё так же.\n\n03.11.2025, 10:12, \"Иван\" <ivan@example.com>:\n> Касса не работает");
  }

  @Test
  void letterThatIsSentOnIsKept() {
    assertKept(
        "FW: касса\n\n"
            + MATTER
            + "\n\nFrom: Ann <a@example.com>\nSent: Monday\nTo: Help\nSubject: x\n\nAlles kaputt");
    assertKept(
        MATTER
            + "\n\n---------- Forwarded message ---------\nFrom: Ann\nDate: Mon\nTo: Help\n\nAll down");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-- \nIvan Petrov\nHead of Sales\n+7 495 123-45-67",
        "--\nИван Петров\nтел. 123-45-67",
        "С уважением,\nИван Петров\nруководитель отдела продаж\nООО «Ромашка»\n+7 (495) 123-45-67\nivan@example.com",
        "С уважением, Иван Петров",
        "С уважением,\nначинающий автор",
        "Best regards,\nJohn",
        "Kind regards,\n\nJohn Smith\nSenior Clerk\nwww.example.com",
        "Отправлено с iPhone",
        "Отправлено из мобильной Почты Mail.ru",
        "Sent from my iPhone",
        "Get Outlook for iOS",
        "С уважением,\nИван\n\nОтправлено с iPhone",
      })
  void signatureIsSetAside(String signature) {
    assertOwn(MATTER + "\n\n" + signature + "\n", MATTER, Kind.SIGNATURE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "This e-mail and any attachments are confidential and intended solely for the addressee. If you"
            + " are not the intended recipient, please notify the sender and delete it.",
        "CONFIDENTIALITY NOTICE: The contents of this email message are privileged and intended only for"
            + " the named recipient. Any unauthorized disclosure is prohibited.",
        "Настоящее сообщение и любые вложения конфиденциальны и предназначены только для адресата. Если вы"
            + " получили его по ошибке, удалите его и уведомите отправителя.",
        "Информация, содержащаяся в данном электронном письме, конфиденциальна и предназначена исключительно"
            + " получателю; её раскрытие и копирование запрещены.",
        "Please consider the environment before printing this e-mail.",
        "Пожалуйста, подумайте об окружающей среде, прежде чем печатать это письмо.",
      })
  void legalFooterIsSetAside(String footer) {
    assertOwn(MATTER + "\n\n" + footer, MATTER, Kind.FOOTER);
    assertOwn(
        MATTER + "\n\nС уважением,\nИван Петров\n____________\n" + footer,
        MATTER,
        Kind.SIGNATURE,
        Kind.FOOTER);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // The matter itself looks a little like mail.
        "I sent this message with confidential salaries to the wrong recipient, please delete it!",
        "We leak.\n\nThis email contained confidential data and went to the wrong recipient.",
        "Steps:\n> npm install\n> npm start\nand then it crashes",
        "Ошибок > 500 в минуту\n> 20 % клиентов не платят",
        "From: the accounting department\nSubject: printer\n\nIt does not print",
        "С уважением, Иван\n\nP.S. Сервер тоже лежит",
        "С уважением, Иван\n\nЗабыл добавить: сервер тоже лежит",
        "Best regards to the team that fixed it, now the same is broken again",
        "Cheers for nothing\nall our shops are offline",
        "Список:\n--\nпринтер не печатает\nкасса не работает",
        "On Monday 3 Nov our colleague wrote:\nthe whole site is down",
        "a < b and c > d, see <b>",
        "-- ",
        "С уважением,",
        "\n\n\n",
        "> > >",
        "<br>",
        "<div></div>",
      })
  void inDoubtEverythingIsKept(String text) {
    assertKept(text);
  }

  @Test
  void htmlIsReadAsItsReaderSeesIt() {
    assertOwn(
        """
        Касса

        <html><head><style>p {color: red}</style><title>x</title></head><body>
        <p>Касса&nbsp;не <b>пробивает</b> чеки,<br>очередь на улице. И ещё терминал &lt;3&gt; молчит.</p>
        <table><tr><td>Магазин</td><td>№ 5</td></tr></table>
        <div>На картах &mdash; отказ</div>
        <blockquote type="cite"><p>Как дела?</p><p>Анна</p><p>Помощь</p></blockquote>
        <div class="gmail_signature">Иван<br>+7 495 123-45-67</div>
        </body></html>
        """,
        """
        Касса

        Касса не пробивает чеки,
        очередь на улице. И ещё терминал <3> молчит.

        Магазин № 5
        На картах — отказ"""
            .strip(),
        Kind.HTML,
        Kind.QUOTE,
        Kind.SIGNATURE);
  }

  @Test
  void outlooksHtmlIsQuotedFromItsHeaderOn() {
    assertOwn(
        "<html><body><div class=\"WordSection1\"><p class=\"MsoNormal\">"
            + ENGLISH
            + "</p><div><div style=\"border:none;border-top:solid #E1E1E1 1.0pt\"><p><b>From:</b> Ann"
            + " &lt;a@example.com&gt;<br><b>Sent:</b> Monday<br><b>To:</b> Help<br><b>Subject:</b>"
            + " hi</p></div></div><p>How are you?</p></div></body></html>",
        ENGLISH,
        Kind.HTML,
        Kind.QUOTE);
  }

  @Test
  void labelsAreSortedNames() {
    assertThat(new OwnWords("x", Set.of(Kind.SIGNATURE, Kind.HTML, Kind.QUOTE)).labels())
        .containsExactly("html", "quote", "signature");
  }

  @Test
  void ticketsThatAreNoMailLoseNothingButTheirSignature() throws IOException {
    List<String> changed = new ArrayList<>();
    for (LabelledRows row : LabelledRows.read()) {
      OwnWords own = OwnWords.of(row.text());
      if (!own.setAside().isEmpty()) {
        assertThat(own.setAside()).as(row.text()).isSubsetOf(Kind.SIGNATURE, Kind.FOOTER);
        changed.add(row.text().substring(own.text().length()).strip().replace("\n", " | "));
      }
    }
    System.out.println(changed.size() + " " + changed);
  }

  @Provide
  Arbitrary<String> mail() {
    return Arbitraries.of(
            "\n",
            "\n\n",
            "> ",
            ">> ",
            "-- ",
            "--",
            "С уважением,",
            "Best regards,",
            "From: a",
            "Sent: b",
            "To: c",
            "Subject: d",
            "On 3 Nov 2025 10:12 x wrote:",
            "-----Original Message-----",
            "<html>",
            "<div>",
            "</div>",
            "<br>",
            "<blockquote>",
            "</blockquote>",
            "<pre>",
            "</html>",
            "Касса не работает",
            "Sent from my iPhone",
            "P.S.",
            "&nbsp;",
            "\u00a0",
            " ",
            "\r\n",
            "\ud800")
        .list()
        .ofMaxSize(25)
        .map(parts -> String.join("", parts));
  }

  @Property(tries = 2_000)
  void whateverItIsSomethingIsLeft(@ForAll("mail") String text) {
    OwnWords own = OwnWords.of(text);
    if (OwnWords.letters(text) > 0) {
      assertThat(OwnWords.letters(own.text())).isPositive();
    }
    if (own.setAside().isEmpty()) {
      assertThat(own.text()).isEqualTo(text);
    }
  }
}
