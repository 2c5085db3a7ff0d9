package tickets.scorer.chart;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Plain SVG that can be read on a light and on a dark page: no background, and text in the colour
 * that goes with the reader's theme.
 */
final class Svg {

  /** Of parts, in their order; told apart also by who sees no colours: each is named. */
  static final List<String> COLOURS =
      List.of("#4c8dd6", "#e08a3c", "#4fa36c", "#b678c9", "#c9a227", "#d0605e", "#6b8e9e");

  static final int ROW = 30;
  private static final int LEGEND = 34;
  private static final double LETTER = 7.2;

  private static final String STYLE =
      """
      <style>
        text { font: 13px system-ui, sans-serif; fill: #24292f; }
        .title { font-weight: 600; font-size: 14px; }
        .axis { stroke: #8c959f; stroke-width: 1; }
        @media (prefers-color-scheme: dark) { text { fill: #e6edf3; } }
      </style>
      """;

  private final StringBuilder text = new StringBuilder();
  private final int width;

  Svg(String title, int width, int height) {
    this.width = width;
    add(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\""
            + " role=\"img\">",
        width, height, width, height);
    add("<title>%s</title>", Markup.escaped(title));
    text.append(STYLE);
    text(0, 16, "start", "title", title);
  }

  void add(String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values)).append('\n');
  }

  void text(double x, double y, String anchor, String kind, String what) {
    add(
        "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\"%s>%s</text>",
        x, y, anchor, kind.isEmpty() ? "" : " class=\"" + kind + "\"", Markup.escaped(what));
  }

  /** Names by colour, below the title. */
  void legend(Map<String, String> colours) {
    double x = 0;
    int y = LEGEND;
    for (Map.Entry<String, String> entry : colours.entrySet()) {
      double needed = 34 + LETTER * entry.getKey().length();
      if (x > 0 && x + needed > width) {
        x = 0;
        y += ROW - 8;
      }
      add(
          "<rect x=\"%.1f\" y=\"%d\" width=\"11\" height=\"11\" fill=\"%s\"/>",
          x, y - 4, entry.getValue());
      text(x + 16, y + 6, "start", "", entry.getKey());
      x += needed;
    }
  }

  /** How high a legend of these names is. */
  static int legendHeight(Iterable<String> names, int width) {
    double x = 0;
    int lines = 1;
    for (String name : names) {
      double needed = 34 + LETTER * name.length();
      if (x > 0 && x + needed > width) {
        x = 0;
        lines++;
      }
      x += needed;
    }
    return ROW + (lines - 1) * (ROW - 8);
  }

  String done() {
    return text + "</svg>\n";
  }
}
