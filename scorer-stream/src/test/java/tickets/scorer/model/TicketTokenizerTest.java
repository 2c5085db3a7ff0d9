package tickets.scorer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TicketTokenizerTest {

  @TempDir Path directory;

  @Test
  void tokensEqualHuggingFaceByTokenizerJson() {
    try (TicketTokenizer tokenizer = TicketTokenizer.load(BundledModel.DIRECTORY, 256)) {
      assertTokensAsExpected(tokenizer);
    }
  }

  @Test
  void tokensEqualHuggingFaceByVocabulary() throws IOException {
    Files.delete(BundledModel.copyTo(directory).resolve("tokenizer.json"));
    try (TicketTokenizer tokenizer = TicketTokenizer.load(directory, 256)) {
      assertTokensAsExpected(tokenizer);
    }
  }

  private static void assertTokensAsExpected(TicketTokenizer tokenizer) {
    assertThat(BundledModel.cases())
        .isNotEmpty()
        .allSatisfy(
            expected ->
                assertThat(tokenizer.tokens(expected.text()).ids())
                    .containsExactly(expected.ids()));
  }

  @Test
  void bothFilesGiveTheSameTokensForOddTexts() throws IOException {
    Files.delete(BundledModel.copyTo(directory).resolve("tokenizer.json"));
    try (TicketTokenizer json = TicketTokenizer.load(BundledModel.DIRECTORY, 256);
        TicketTokenizer vocabulary = TicketTokenizer.load(directory, 256)) {
      for (String text :
          new String[] {
            "",
            " ",
            "ЁЖИК й Й café",
            "日本語 text",
            "a\u00a0b\u200bc\td",
            "[SEP] [MASK]",
            "😀😀",
            "x".repeat(300),
            "\u0000"
          }) {
        assertThat(vocabulary.tokens(text).ids()).as(text).containsExactly(json.tokens(text).ids());
      }
    }
  }

  @Test
  void longTextKeepsItsBeginningAndItsEnd() {
    try (TicketTokenizer tokenizer = TicketTokenizer.load(BundledModel.DIRECTORY, 256);
        TicketTokenizer unlimited = TicketTokenizer.load(BundledModel.DIRECTORY, 100_000)) {
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < 400; i++) {
        text.append(i).append(' ');
      }
      int[] whole = unlimited.tokens(text.toString()).ids();
      TicketTokenizer.Tokens cut = tokenizer.tokens(text.toString());

      assertThat(cut.truncated()).isTrue();
      assertThat(cut.ids()).hasSize(256);
      assertThat(Arrays.copyOfRange(cut.ids(), 0, 192))
          .containsExactly(Arrays.copyOfRange(whole, 0, 192));
      assertThat(Arrays.copyOfRange(cut.ids(), 192, 256))
          .containsExactly(Arrays.copyOfRange(whole, whole.length - 64, whole.length));
    }
  }

  @Test
  void textThatJustFitsIsNotTruncated() {
    try (TicketTokenizer tokenizer = TicketTokenizer.load(BundledModel.DIRECTORY, 12)) {
      assertThat(tokenizer.tokens("1 2 3 4 5 6 7 8 9 0"))
          .satisfies(
              fits -> {
                assertThat(fits.truncated()).isFalse();
                assertThat(fits.ids()).hasSize(12);
              });
      assertThat(tokenizer.tokens("1 2 3 4 5 6 7 8 9 0 1"))
          .satisfies(
              cut -> {
                assertThat(cut.truncated()).isTrue();
                assertThat(cut.ids()).hasSize(12);
              });
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"\ud800", "a\udfffb", "\udc00\ud800"})
  void loneSurrogateReadsAsReplacementCharacter(String text) {
    try (TicketTokenizer tokenizer = TicketTokenizer.load(BundledModel.DIRECTORY, 256)) {
      assertThat(tokenizer.tokens(text).ids())
          .containsExactly(tokenizer.tokens(text.replaceAll("[\ud800-\udfff]", "\ufffd")).ids());
    }
  }

  @Test
  void vocabularyOfAnotherModelIsRefused() throws IOException {
    Path config = BundledModel.copyTo(directory).resolve("config.json");
    Files.writeString(config, Files.readString(config).replace("37158", "30522"));

    assertThatThrownBy(() -> TicketTokenizer.load(directory, 256))
        .isInstanceOf(UnusableModel.class)
        .hasMessageContaining("tokenizer.json")
        .hasMessageContaining("37157")
        .hasMessageContaining("30522");
  }

  @Test
  void vocabularyThatKeepsAccentsNeedsTheTokenizersSettings() throws IOException {
    Files.delete(BundledModel.copyTo(directory).resolve("tokenizer.json"));
    Files.delete(directory.resolve("tokenizer_config.json"));

    assertThatThrownBy(() -> TicketTokenizer.load(directory, 256))
        .isInstanceOf(UnusableModel.class)
        .hasMessageContaining("capitals or accents")
        .hasMessageContaining("tokenizer_config.json");
  }

  @Test
  void damagedTokenizerIsRefused() throws IOException {
    Files.writeString(
        BundledModel.copyTo(directory).resolve("tokenizer.json"), "{\"version\": \"1.0\"}");

    assertThatThrownBy(() -> TicketTokenizer.load(directory, 256))
        .isInstanceOf(UnusableModel.class)
        .hasMessageContaining("is no tokenizer that can be read");
  }

  @Test
  void vocabularyWithoutSpecialTokensIsRefused() throws IOException {
    Files.delete(BundledModel.copyTo(directory).resolve("tokenizer.json"));
    Files.writeString(directory.resolve("vocab.txt"), "hello\nworld\n");

    assertThatThrownBy(() -> TicketTokenizer.load(directory, 256))
        .isInstanceOf(UnusableModel.class)
        .hasMessageContaining("lacks the token [PAD]");
  }
}
