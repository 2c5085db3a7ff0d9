package tickets.benchmarks.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Plain SVG that can be read on a light and on a dark page: no background, and text in the colour
 * that goes with the reader's theme. Every figure is written out beside what is drawn.
 */
final class Chart {
  private static final int WIDTH = 760;
  private static final int LABELS = 270;
  private static final int RIGHT = 80;
  private static final int ROW = 30;
  private static final int BAR = 18;
  private static final int TOP = 34;

  /** Of parts, in their order; told apart also by who sees no colours: each is named. */
  private static final List<String> COLOURS =
      List.of("#4c8dd6", "#e08a3c", "#4fa36c", "#b678c9", "#c9a227", "#d0605e", "#6b8e9e");

  private static final String STYLE =
      """
      <style>
        text { font: 13px system-ui, sans-serif; fill: #24292f; }
        .title { font-weight: 600; font-size: 14px; }
        .axis { stroke: #8c959f; stroke-width: 1; }
        @media (prefers-color-scheme: dark) { text { fill: #e6edf3; } }
      </style>
      """;

  /**
   * One row of bars.
   *
   * @param parts lie one after another
   */
  record Bar(String label, Map<String, Double> parts) {
    static Bar of(String label, double value) {
      return new Bar(label, Map.of("", value));
    }

    double sum() {
      return parts.values().stream().mapToDouble(Double::doubleValue).sum();
    }
  }

  /** A curve through points at equal distances. */
  record Line(String label, List<Double> values) {}

  private Chart() {}

  /** Bars from left to right; named parts get a legend. */
  static String bars(String title, String unit, List<Bar> bars) {
    Map<String, String> colours = new LinkedHashMap<>();
    bars.forEach(
        bar ->
            bar.parts()
                .keySet()
                .forEach(
                    part ->
                        colours.computeIfAbsent(
                            part, name -> COLOURS.get(colours.size() % COLOURS.size()))));
    boolean named = !colours.containsKey("");
    int top = TOP + (named ? ROW : 0);
    double most = bars.stream().mapToDouble(Bar::sum).max().orElse(1);
    double scale = (WIDTH - LABELS - RIGHT) / most;
    StringBuilder svg = head(title, top + ROW * bars.size() + 8);
    if (named) {
      legend(svg, colours);
    }
    for (int i = 0; i < bars.size(); i++) {
      Bar bar = bars.get(i);
      double y = top + ROW * i;
      text(svg, LABELS - 8, y + BAR - 4, "end", "", bar.label());
      double x = LABELS;
      for (Map.Entry<String, Double> part : bar.parts().entrySet()) {
        double width = part.getValue() * scale;
        add(
            svg,
            "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>",
            x,
            y,
            Math.max(0, width),
            BAR,
            colours.getOrDefault(part.getKey(), COLOURS.get(0)));
        x += width;
      }
      text(svg, x + 6, y + BAR - 4, "start", "", figure(bar.sum()) + " " + unit);
    }
    return svg.append("</svg>\n").toString();
  }

  /** Curves over time. */
  static String lines(String title, String x, String unit, List<Line> lines) {
    int height = 260;
    int bottom = height - 40;
    int left = 60;
    int top = TOP + ROW;
    double most =
        lines.stream()
            .flatMap(line -> line.values().stream())
            .mapToDouble(Double::doubleValue)
            .max()
            .orElse(1);
    int longest = lines.stream().mapToInt(line -> line.values().size()).max().orElse(1);
    double step = (double) (WIDTH - left - RIGHT) / Math.max(1, longest - 1);
    StringBuilder svg = head(title, height);
    Map<String, String> colours = new LinkedHashMap<>();
    lines.forEach(line -> colours.put(line.label(), COLOURS.get(colours.size())));
    legend(svg, colours);
    add(
        svg,
        "<path class=\"axis\" fill=\"none\" d=\"M%d %d V%d H%d\"/>",
        left,
        top,
        bottom,
        WIDTH - RIGHT);
    text(svg, left - 6, top + 4, "end", "", figure(most));
    text(svg, left - 6, bottom, "end", "", "0");
    text(svg, WIDTH - RIGHT, bottom + 20, "end", "", x);
    for (Line line : lines) {
      List<String> points = new ArrayList<>();
      double lastX = left;
      double lastY = bottom;
      for (int i = 0; i < line.values().size(); i++) {
        lastX = left + i * step;
        lastY = bottom - line.values().get(i) / most * (bottom - top);
        points.add(String.format(Locale.ROOT, "%.1f,%.1f", lastX, lastY));
      }
      add(
          svg,
          "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" points=\"%s\"/>",
          colours.getOrDefault(line.label(), COLOURS.get(0)),
          String.join(" ", points));
      if (!line.values().isEmpty()) {
        double last = line.values().get(line.values().size() - 1);
        text(svg, lastX + 6, lastY + 4, "start", "", figure(last) + " " + unit);
      }
    }
    return svg.append("</svg>\n").toString();
  }

  private static StringBuilder head(String title, int height) {
    StringBuilder svg = new StringBuilder();
    add(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\""
            + " role=\"img\">",
        WIDTH,
        height,
        WIDTH,
        height);
    add(svg, "<title>%s</title>", escaped(title));
    svg.append(STYLE);
    text(svg, 0, 16, "start", "title", title);
    return svg;
  }

  private static void legend(StringBuilder svg, Map<String, String> colours) {
    double x = 0;
    for (Map.Entry<String, String> entry : colours.entrySet()) {
      add(
          svg,
          "<rect x=\"%.1f\" y=\"%d\" width=\"11\" height=\"11\" fill=\"%s\"/>",
          x,
          TOP - 4,
          entry.getValue());
      text(svg, x + 16, TOP + 6, "start", "", entry.getKey());
      x += 34 + 7.2 * entry.getKey().length();
    }
  }

  private static void text(
      StringBuilder svg, double x, double y, String anchor, String kind, String text) {
    add(
        svg,
        "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\"%s>%s</text>",
        x,
        y,
        anchor,
        kind.isEmpty() ? "" : " class=\"" + kind + "\"",
        escaped(text));
  }

  private static void add(StringBuilder svg, String format, Object... values) {
    svg.append(String.format(Locale.ROOT, format, values)).append('\n');
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }

  /** To three digits or so. */
  static String figure(double value) {
    String format = Math.abs(value) >= 100 ? "%,.0f" : Math.abs(value) >= 10 ? "%.1f" : "%.2f";
    return String.format(Locale.ROOT, format, value);
  }
}
