package tickets.scorer.chart;

/** Text between the tags of XML and HTML. */
public final class Markup {
  private Markup() {}

  /** What may stand between tags and between quotation marks. */
  public static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
