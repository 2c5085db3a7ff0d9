package tickets.scorer.explain;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import tickets.contract.Explanation.Word;
import tickets.scorer.explain.Words.Span;

class WordsTest {

  @Provide
  Arbitrary<String> texts() {
    return Arbitraries.of(
            "Склад",
            "упал",
            "ё",
            "API",
            "down",
            "don't",
            "1С:Предприятие",
            "«500»",
            "!!!",
            "—",
            "🙈",
            "👨‍👩‍👧",
            "🇷🇺",
            "𝕏",
            "е\u0301",
            "漢字",
            "カタカナ",
            "a-b",
            "(",
            "\uD83D",
            "\uDE48",
            " ",
            "  ",
            "\n\n",
            "\t",
            "\u00A0",
            "\u2028",
            "\u0000",
            "\u200B",
            "https://a.b/c?d=e",
            "…")
        .list()
        .ofMaxSize(150)
        .map(parts -> String.join("", parts));
  }

  @Property
  void wordsStandInOrderApartAndAreWholeCharacters(@ForAll("texts") String text) {
    int last = 0;
    for (Span word : Words.of(text)) {
      assertThat(word.start()).isGreaterThanOrEqualTo(last);
      assertThat(word.end()).isGreaterThan(word.start()).isLessThanOrEqualTo(text.length());
      assertThat(text.substring(word.start(), word.end()).codePoints())
          .noneMatch(Character::isWhitespace);
      assertThat(cutsAPair(text, word.start())).isFalse();
      assertThat(cutsAPair(text, word.end())).isFalse();
      last = word.end();
    }
  }

  private static boolean cutsAPair(String text, int at) {
    return at > 0
        && at < text.length()
        && Character.isHighSurrogate(text.charAt(at - 1))
        && Character.isLowSurrogate(text.charAt(at));
  }

  @Property
  void nothingButBlanksAndPunctuationStandsBetweenThem(@ForAll("texts") String text) {
    assertThat(Words.without(text, Words.of(text)).codePoints())
        .noneMatch(
            c -> Character.isLetterOrDigit(c) || Character.getType(c) == Character.OTHER_SYMBOL);
  }

  @Property
  void groupsAreAtMostSoManyAndHoldEveryWordOnce(@ForAll("texts") String text) {
    List<Span> words = Words.of(text);
    List<Span> groups = Words.grouped(words, 7);
    assertThat(groups).hasSizeLessThanOrEqualTo(7);
    List<Span> held = new ArrayList<>();
    for (Span group : groups) {
      words.stream()
          .filter(word -> word.start() >= group.start() && word.end() <= group.end())
          .forEach(held::add);
    }
    assertThat(held).isEqualTo(words);
  }

  @Property
  void placesCountedInCharactersAreThoseOfTheWords(@ForAll("texts") String text) {
    List<Span> spans = Words.grouped(Words.of(text), 20);
    int[] points = text.codePoints().toArray();

    List<Word> words = Explainer.words(text, spans, new double[spans.size()]);

    assertThat(words)
        .extracting(word -> new String(points, word.start(), word.end() - word.start()))
        .isEqualTo(spans.stream().map(span -> text.substring(span.start(), span.end())).toList());
  }

  @Property
  void withoutAWordTheRestIsAsItWas(@ForAll("texts") String text) {
    for (Span word : Words.of(text)) {
      assertThat(Words.without(text, List.of(word)))
          .isEqualTo(text.substring(0, word.start()) + text.substring(word.end()));
    }
  }

  @Example
  void punctuationRoundAWordIsNoPartOfItUnlessThereIsNothingElse() {
    String text = "«База» упала, (срочно)!!! don't --- 🙈👀 漢字";
    assertThat(Words.of(text))
        .extracting(word -> text.substring(word.start(), word.end()))
        .containsExactly("База", "упала", "срочно", "don't", "---", "🙈👀", "漢", "字");
  }
}
