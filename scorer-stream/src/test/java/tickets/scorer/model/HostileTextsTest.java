package tickets.scorer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** The tokenizer is native code that strangers' texts reach: none may get the better of it. */
class HostileTextsTest {

  private static final int WINDOW = 64;
  private static TicketTokenizer tokenizer;
  private static int vocabulary;

  @BeforeContainer
  static void load() {
    tokenizer = TicketTokenizer.load(BundledModel.DIRECTORY, WINDOW);
    vocabulary =
        ModelManifest.readJson(BundledModel.DIRECTORY.resolve("config.json"))
            .path("vocab_size")
            .intValue();
  }

  @AfterContainer
  static void close() {
    tokenizer.close();
  }

  /** Also what the contract would not let through. */
  @Provide
  Arbitrary<String> texts() {
    Arbitrary<String> pieces =
        Arbitraries.oneOf(
            Arbitraries.strings().ofMaxLength(40),
            Arbitraries.of(
                "[CLS]",
                "[SEP] [MASK] [UNK] [PAD]",
                "\u0000\u0001\u007f\u0085",
                "\u200b\u200d\ufeff\u00ad",
                "\u202e\u2066abc\u2069\u202c",
                "\ud800",
                "\udc00\ud800",
                "🙈👩‍👩‍👧‍👦🇷🇺",
                "e\u0301\u0327".repeat(50),
                "\u0301".repeat(2_000),
                "ﷺ".repeat(500),
                "漢字かな한글",
                "##ing ## ###",
                "a".repeat(10_000),
                "й ё Й Ё \u0438\u0306",
                " \u00a0\u3000\n\t "));
    return pieces
        .list()
        .ofMaxSize(8)
        .map((List<String> parts) -> parts.stream().collect(Collectors.joining()));
  }

  @Property
  void everyTextBecomesTokensOfTheVocabularyWithinTheWindow(@ForAll("texts") String text) {
    TicketTokenizer.Tokens tokens =
        assertTimeoutPreemptively(Duration.ofSeconds(30), () -> tokenizer.tokens(text));

    assertThat(tokens.ids()).hasSizeBetween(2, WINDOW);
    assertThat(Arrays.stream(tokens.ids()).allMatch(id -> id >= 0 && id < vocabulary)).isTrue();
    if (tokens.truncated()) {
      assertThat(tokens.ids()).hasSize(WINDOW);
    }
  }
}
