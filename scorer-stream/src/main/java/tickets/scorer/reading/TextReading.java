package tickets.scorer.reading;

import java.util.List;

/**
 * How a model wants its texts: what its manifest says of them.
 *
 * @param languages that it was taught, as ISO 639-1; empty if nobody says
 * @param setsAside whether it is given {@link OwnWords} only, or each text as it came
 */
public record TextReading(List<String> languages, boolean setsAside) {
  public TextReading {
    languages = List.copyOf(languages);
  }

  /**
   * A text on its way to the model.
   *
   * @param text what the model is given
   * @param understanding what is known of it
   */
  public record Read(String text, Understanding understanding) {}

  /**
   * What a result tells about how its text was read.
   *
   * @param confident whether the model was taught the text's language: else its probabilities were
   *     never calibrated for such a text
   * @param setAside names of what was left out, sorted
   */
  public record Understanding(TextLanguage language, boolean confident, List<String> setAside) {
    public Understanding {
      setAside = List.copyOf(setAside);
    }
  }

  public Read read(String text) {
    OwnWords own = setsAside ? OwnWords.of(text) : OwnWords.all(text);
    TextLanguage language = TextLanguage.of(own.text());
    return new Read(
        own.text(), new Understanding(language, language.isReadBy(languages), own.labels()));
  }
}
