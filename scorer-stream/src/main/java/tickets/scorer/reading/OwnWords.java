package tickets.scorer.reading;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A ticket's text without what its sender did not write for it: quoted replies, signatures, HTML,
 * legal footers. The model's window is then spent on the matter, and a letter quoted below does not
 * lend its urgency to the one above.
 *
 * <p>In doubt everything is kept: what is set aside must have the form of mail, and enough of the
 * sender's own words must be left. The text that is stored and hashed stays as it came.
 *
 * @param text what the model is given; never blank where the original is not
 * @param setAside what was left out, in no order
 */
public record OwnWords(String text, Set<Kind> setAside) {

  /** What can be set aside. Their names, in lower case, are public API. */
  public enum Kind {
    /** Tags only: what they hold is kept. */
    HTML,
    /** A letter that is answered, with its header. */
    QUOTE,
    /** Greeting formula, name, post and telephone; "Sent from my phone". */
    SIGNATURE,
    /** A notice of confidentiality or the like. */
    FOOTER;

    /** As results have it. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * A shorter answer says too little without the letter that it answers, as "still the same" does.
   */
  private static final int FEWEST_LETTERS_BESIDE_A_QUOTE = 40;

  public OwnWords {
    setAside = Set.copyOf(setAside);
  }

  /** The names of what was set aside, sorted. */
  public List<String> labels() {
    return setAside.stream().map(Kind::label).sorted().toList();
  }

  /** The text as it came. */
  public static OwnWords all(String text) {
    return new OwnWords(text, Set.of());
  }

  public static OwnWords of(String text) {
    // Most tickets over HTTP are a line or two, without anything of mail.
    if (text.indexOf('\n') < 0 && text.indexOf('<') < 0) {
      return all(text);
    }
    Set<Kind> kinds = EnumSet.noneOf(Kind.class);
    String plain = HtmlMail.toText(text);
    if (letters(plain) == 0) {
      plain = text;
    } else if (!plain.equals(text)) {
      kinds.add(Kind.HTML);
    }
    List<String> lines = new ArrayList<>(plain.lines().toList());
    List<String> own = QuotedReply.setAside(lines);
    if (own.size() < lines.size() && letters(own) >= FEWEST_LETTERS_BESIDE_A_QUOTE) {
      kinds.add(Kind.QUOTE);
    } else {
      own = lines;
    }
    own = MailEnd.setAside(own, kinds);
    return kinds.isEmpty() ? all(text) : new OwnWords(join(own), kinds);
  }

  private static String join(List<String> lines) {
    return lines.stream().collect(Collectors.joining("\n")).strip();
  }

  static int letters(List<String> lines) {
    return lines.stream().mapToInt(OwnWords::letters).sum();
  }

  static int letters(String text) {
    return (int) text.codePoints().filter(Character::isLetter).count();
  }
}
