package tickets.scorer.reading;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TextLanguageTest {
  private static final List<String> BOTH = List.of("ru", "en");

  private static List<String> lines(String name) throws IOException {
    try (var in = TextLanguageTest.class.getResourceAsStream("/languages/" + name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .toList();
    }
  }

  /** Four tables, each learnt from three quarters of the tickets and asked about the fourth. */
  @Test
  void ticketsThatTheTableNeverSawAreFlaggedInLessThanHalfAPercent() throws IOException {
    List<LabelledRows> rows = LabelledRows.read();
    List<String> flagged = new ArrayList<>();
    int wrong = 0;
    for (int part = 0; part < 4; part++) {
      int here = part;
      LetterTable table =
          LearnedLetters.from(
              rows.stream()
                  .filter(row -> Math.floorMod(row.set().hashCode(), 4) != here)
                  .map(LabelledRows::text)
                  .toList());
      for (LabelledRows row : rows) {
        if (Math.floorMod(row.set().hashCode(), 4) == here) {
          TextLanguage language = TextLanguage.of(row.text(), table);
          if (!language.isReadBy(BOTH)) {
            flagged.add(language + " " + row.text());
          } else if (!language.code().equals(row.lang())) {
            wrong++;
          }
        }
      }
    }
    System.out.println(
        flagged.size()
            + " of "
            + rows.size()
            + " flagged, "
            + wrong
            + " of the other language: "
            + flagged);
    assertThat(flagged).as(flagged.toString()).hasSizeLessThan(rows.size() / 200);
    assertThat(wrong).isLessThan(rows.size() / 50);
  }

  @Test
  void mostTicketsInOtherLanguagesAreFlagged() throws IOException {
    List<String> missed = new ArrayList<>();
    List<String> all = lines("foreign.txt");
    int other = 0;
    for (String line : all) {
      TextLanguage language = TextLanguage.of(line.substring(line.indexOf('\t') + 1));
      if (language.isReadBy(BOTH)) {
        missed.add(line);
      }
      other += language == TextLanguage.OTHER ? 1 : 0;
    }
    System.out.println(
        missed.size() + " of " + all.size() + " missed; " + other + " OTHER: " + missed);
    assertThat(missed).hasSizeLessThan(all.size() / 10);
  }

  @Test
  void nearlyAllGibberishIsFlagged() throws IOException {
    List<String> all = lines("gibberish.txt");
    List<String> missed =
        all.stream().filter(text -> TextLanguage.of(text).isReadBy(BOTH)).toList();
    System.out.println(missed.size() + " of " + all.size() + " missed: " + missed);
    assertThat(missed).hasSizeLessThan(1 + all.size() / 20);
  }

  @ParameterizedTest
  @CsvSource({
    "EN, printer",
    "EN, vpn down again",
    "RU, отбой",
    "RU, VPN упал",
    "RU, 'Не работает https://portal.example.com/login?x=1, ошибка ERR_0x80070005'",
    "EN, 'NullPointerException at com.example.Foo.bar(Foo.java:12) when I open the invoice'",
    "UNKNOWN, '403 502 !!!'",
    "UNKNOWN, 😀😀😀",
    "UNKNOWN, ''",
    "UNKNOWN, asdf asdf asdf",
    "OTHER, 二楼の打印机坏了",
    "OTHER, Чи можете ви допомогти з її поштою?",
  })
  void languageIsTold(TextLanguage expected, String text) {
    assertThat(TextLanguage.of(text)).isEqualTo(expected);
  }

  @Test
  void onlyWhatTheModelWasTaughtIsJudged() {
    assertThat(TextLanguage.OTHER.isReadBy(BOTH)).isFalse();
    assertThat(TextLanguage.UNKNOWN.isReadBy(List.of("en"))).isFalse();
    assertThat(TextLanguage.RU.isReadBy(List.of("en"))).isFalse();
    assertThat(TextLanguage.RU.isReadBy(BOTH)).isTrue();
    // Nobody says, or languages are named that cannot be told here.
    assertThat(TextLanguage.UNKNOWN.isReadBy(List.of())).isTrue();
    assertThat(TextLanguage.OTHER.isReadBy(List.of("en", "de"))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"\ud800", "a\udfff b", "\u0301\u0301", "-'-'", "x’", "ъ"})
  void oddTextIsNoError(String text) {
    assertThat(TextLanguage.of(text)).isNotNull();
  }

  @Test
  void longTextIsJudgedByItsBeginning() {
    assertThat(TextLanguage.of("The invoice page does not open. ".repeat(1_000)))
        .isEqualTo(TextLanguage.EN);
  }

  @Test
  void theTableIsThatOfTheTrainingRows() throws IOException {
    List<String> training =
        LabelledRows.read().stream()
            .filter(row -> row.split().equals("train"))
            .map(LabelledRows::text)
            .toList();
    Path resource = Path.of("src/main/resources/tickets/scorer/reading/letters.txt");
    assertThat(Files.readAllBytes(resource))
        .as("written by LearnedLetters")
        .isEqualTo(LearnedLetters.resource(training));
  }
}
