package tickets.scorer.reading;

import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.Node;
import org.jsoup.nodes.TextNode;
import org.jsoup.select.NodeVisitor;

/**
 * HTML mail as the lines that its reader sees: block elements end a line, a quotation's lines begin
 * with {@code >} as in plain mail, and a signature that the mail program marked follows {@code --}.
 */
final class HtmlMail {

  /** The first tag of a document or of its body, at the beginning of a line. */
  private static final Pattern BEGIN =
      Pattern.compile(
          "^[ \\t]*<(!doctype html|html|head|body|meta|style|div|p|table|span|font|br|center|h[1-6]|ul|ol|blockquote)\\b",
          Pattern.CASE_INSENSITIVE | Pattern.MULTILINE);

  private static final Pattern TAG =
      Pattern.compile(
          "</(html|body|div|p|table|span|font|center|h[1-6]|ul|ol|blockquote)>|<br",
          Pattern.CASE_INSENSITIVE);

  private static final Set<String> BLOCKS =
      Set.of(
          "address",
          "article",
          "blockquote",
          "body",
          "center",
          "dd",
          "div",
          "dl",
          "dt",
          "footer",
          "form",
          "h1",
          "h2",
          "h3",
          "h4",
          "h5",
          "h6",
          "header",
          "hr",
          "li",
          "main",
          "ol",
          "p",
          "pre",
          "section",
          "table",
          "tr",
          "ul");

  private static final Set<String> UNSEEN = Set.of("head", "script", "style", "title", "template");

  private HtmlMail() {}

  /**
   * The text with its HTML part as lines; the very same where there is none. A subject may stand in
   * front. A text that only speaks of tags is left alone: HTML reaches to the end.
   */
  static String toText(String text) {
    if (text.indexOf('<') < 0 || !text.stripTrailing().endsWith(">")) {
      return text;
    }
    Matcher begin = BEGIN.matcher(text);
    if (!begin.find() || !TAG.matcher(text).find(begin.start())) {
      return text;
    }
    Lines lines = new Lines();
    Jsoup.parse(text.substring(begin.start())).traverse(lines);
    return text.substring(0, begin.start()) + lines.text();
  }

  private static final class Lines implements NodeVisitor {
    private final StringBuilder all = new StringBuilder();
    private final StringBuilder line = new StringBuilder();
    private int quoted;
    private int unseen;
    private int preformatted;

    @Override
    public void head(Node node, int depth) {
      if (node instanceof TextNode words && unseen == 0) {
        append(words.getWholeText());
      } else if (node instanceof Element element) {
        String tag = element.normalName();
        unseen += UNSEEN.contains(tag) ? 1 : 0;
        preformatted += tag.equals("pre") ? 1 : 0;
        if (BLOCKS.contains(tag)) {
          endLine();
        }
        quoted += marks(element);
        if (isSignature(element)) {
          endLine();
          all.append("-- \n");
        }
      }
    }

    @Override
    public void tail(Node node, int depth) {
      if (node instanceof Element element) {
        String tag = element.normalName();
        if (tag.equals("br")) {
          writeLine();
        } else if (BLOCKS.contains(tag)) {
          endLine();
          if (tag.equals("p")) {
            writeLine();
          }
        } else if (tag.equals("td") || tag.equals("th")) {
          line.append(' ');
        }
        unseen -= UNSEEN.contains(tag) ? 1 : 0;
        preformatted -= tag.equals("pre") ? 1 : 0;
        quoted -= marks(element);
      }
    }

    /**
     * Two for what a mail program marked as the letter that is answered: QuotedReply then need not
     * guess.
     */
    private static int marks(Element element) {
      if (!element.normalName().equals("blockquote")) {
        return 0;
      }
      boolean certain =
          element.attr("type").equalsIgnoreCase("cite") || element.hasClass("gmail_quote");
      return certain ? 2 : 1;
    }

    private static boolean isSignature(Element element) {
      return element.hasClass("gmail_signature")
          || element.hasClass("moz-signature")
          || element.id().equalsIgnoreCase("signature");
    }

    private void append(String words) {
      if (preformatted > 0) {
        String[] rows = words.split("\n", -1);
        for (int i = 0; i < rows.length; i++) {
          if (i > 0) {
            writeLine();
          }
          line.append(rows[i]);
        }
        return;
      }
      boolean space = line.isEmpty() || line.charAt(line.length() - 1) == ' ';
      for (int i = 0; i < words.length(); i++) {
        char c = words.charAt(i);
        boolean blank = Character.isWhitespace(c) || c == '\u00a0';
        if (!blank) {
          line.append(c);
        } else if (!space) {
          line.append(' ');
        }
        space = blank;
      }
    }

    private void endLine() {
      if (!line.toString().isBlank()) {
        writeLine();
      }
      line.setLength(0);
    }

    private void writeLine() {
      all.append("> ".repeat(quoted)).append(line.toString().strip()).append('\n');
      line.setLength(0);
    }

    String text() {
      endLine();
      return all.toString().replaceAll("\n{3,}", "\n\n").strip();
    }
  }
}
