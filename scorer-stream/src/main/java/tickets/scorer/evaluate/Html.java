package tickets.scorer.evaluate;

import static tickets.scorer.chart.Markup.escaped;

import java.util.List;
import java.util.Locale;

/**
 * One self-contained page: no script, nothing from elsewhere, legible on light and dark screens.
 */
final class Html {
  private static final String STYLE =
      """
      :root { color-scheme: light dark; --ink: #24292f; --faint: #59636e; --line: #d1d9e0; --tile: #f6f8fa; --page: #ffffff; }
      @media (prefers-color-scheme: dark) {
        :root { --ink: #e6edf3; --faint: #9198a1; --line: #3d444d; --tile: #161b22; --page: #0d1117; }
      }
      body { margin: 0 auto; padding: 24px; max-width: 940px; background: var(--page); color: var(--ink);
        font: 15px/1.5 system-ui, sans-serif; }
      h1 { font-size: 24px; margin: 0 0 4px; }
      h2 { font-size: 18px; margin: 36px 0 8px; padding-top: 12px; border-top: 1px solid var(--line); }
      p { margin: 6px 0; }
      .faint { color: var(--faint); }
      .tiles { display: flex; flex-wrap: wrap; gap: 10px; margin: 18px 0; }
      .tile { background: var(--tile); border: 1px solid var(--line); border-radius: 6px; padding: 8px 14px; min-width: 118px; }
      .tile b { display: block; font-size: 22px; line-height: 1.3; }
      .charts { display: flex; flex-wrap: wrap; gap: 20px 28px; margin: 14px 0; }
      svg { max-width: 100%; height: auto; }
      .wide { overflow-x: auto; }
      table { border-collapse: collapse; margin: 10px 0; font-variant-numeric: tabular-nums; }
      th, td { text-align: right; padding: 4px 10px; border-bottom: 1px solid var(--line); vertical-align: top; }
      th { font-weight: 600; color: var(--faint); }
      th:first-child, td:first-child, td.words, th.words { text-align: left; }
      td.words { white-space: pre-wrap; overflow-wrap: anywhere; min-width: 260px; }
      code { font: 13px ui-monospace, monospace; overflow-wrap: anywhere; }
      """;

  private final StringBuilder page = new StringBuilder();

  Html(String title) {
    page.append("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>")
        .append(escaped(title))
        .append("</title>\n<style>\n")
        .append(STYLE)
        .append("</style>\n</head>\n<body>\n<h1>")
        .append(escaped(title))
        .append("</h1>\n");
  }

  void heading(String text) {
    page.append("<h2>").append(escaped(text)).append("</h2>\n");
  }

  void line(String text) {
    page.append("<p>").append(escaped(text)).append("</p>\n");
  }

  /** What only some readers want to know. */
  void note(String text) {
    page.append("<p class=\"faint\">").append(escaped(text)).append("</p>\n");
  }

  /** Figures at a glance, each with its name and a word about it. */
  void tiles(List<Tile> tiles) {
    page.append("<div class=\"tiles\">\n");
    for (Tile tile : tiles) {
      page.append("<div class=\"tile\">")
          .append(escaped(tile.name()))
          .append("<b>")
          .append(escaped(tile.figure()))
          .append("</b><span class=\"faint\">")
          .append(escaped(tile.about()))
          .append("</span></div>\n");
    }
    page.append("</div>\n");
  }

  record Tile(String name, String figure, String about) {}

  /** SVG as it is, side by side where there is room. */
  void charts(List<String> svgs) {
    page.append("<div class=\"charts\">\n");
    svgs.forEach(page::append);
    page.append("</div>\n");
  }

  /**
   * @param words the columns, from 0, that hold texts: all others hold figures
   */
  void table(List<String> head, List<List<String>> rows, Integer... words) {
    List<Integer> texts = List.of(words);
    page.append("<div class=\"wide\"><table>\n<tr>");
    for (int i = 0; i < head.size(); i++) {
      cell("th", head.get(i), texts.contains(i));
    }
    page.append("</tr>\n");
    for (List<String> row : rows) {
      page.append("<tr>");
      for (int i = 0; i < row.size(); i++) {
        cell("td", row.get(i), texts.contains(i));
      }
      page.append("</tr>\n");
    }
    page.append("</table></div>\n");
  }

  private void cell(String tag, String text, boolean words) {
    page.append('<')
        .append(tag)
        // A ticket reads from the side that its own language does.
        .append(words ? " class=\"words\" dir=\"auto\">" : ">")
        .append(escaped(text))
        .append("</")
        .append(tag)
        .append('>');
  }

  String done() {
    return page + "</body>\n</html>\n";
  }

  /** Three digits; a dash for what can't be worked out. */
  static String figure(double value) {
    return Double.isFinite(value) ? String.format(Locale.ROOT, "%.3f", value) : "–";
  }

  static String percent(double share) {
    return Double.isFinite(share) ? String.format(Locale.ROOT, "%.1f %%", 100 * share) : "–";
  }

  static String interval(Interval interval) {
    return String.format(Locale.ROOT, "%.3f to %.3f", interval.low(), interval.high());
  }
}
