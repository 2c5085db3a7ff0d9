package tickets.scorer.chart;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Bars, and curves over time. Every figure is written out beside what is drawn. */
public final class Chart {
  private static final int WIDTH = 760;
  private static final int LABELS = 270;
  private static final int RIGHT = 80;
  private static final int BAR = 18;
  private static final int TOP = 34;

  /**
   * One row of bars.
   *
   * @param parts lie one after another
   */
  public record Bar(String label, Map<String, Double> parts) {
    public static Bar of(String label, double value) {
      return new Bar(label, Map.of("", value));
    }

    double sum() {
      return parts.values().stream().mapToDouble(Double::doubleValue).sum();
    }
  }

  /** A curve through points at equal distances. */
  public record Line(String label, List<Double> values) {}

  private Chart() {}

  /**
   * Bars from left to right; named parts get a legend. Where all are counts, figures are whole
   * numbers.
   */
  public static String bars(String title, String unit, List<Bar> bars) {
    Map<String, String> colours = new LinkedHashMap<>();
    bars.forEach(
        bar ->
            bar.parts()
                .keySet()
                .forEach(
                    part ->
                        colours.computeIfAbsent(
                            part, name -> Svg.COLOURS.get(colours.size() % Svg.COLOURS.size()))));
    boolean named = !colours.containsKey("");
    int top = TOP + (named ? Svg.ROW : 0);
    double most = bars.stream().mapToDouble(Bar::sum).max().orElse(1);
    double scale = (WIDTH - LABELS - RIGHT) / most;
    boolean counts = bars.stream().allMatch(bar -> bar.sum() == Math.rint(bar.sum()));
    Svg svg = new Svg(title, WIDTH, top + Svg.ROW * bars.size() + 8);
    if (named) {
      svg.legend(colours);
    }
    for (int i = 0; i < bars.size(); i++) {
      Bar bar = bars.get(i);
      double y = top + Svg.ROW * i;
      svg.text(LABELS - 8, y + BAR - 4, "end", "", bar.label());
      double x = LABELS;
      for (Map.Entry<String, Double> part : bar.parts().entrySet()) {
        double width = part.getValue() * scale;
        svg.add(
            "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>",
            x, y, Math.max(0, width), BAR, colours.getOrDefault(part.getKey(), Svg.COLOURS.get(0)));
        x += width;
      }
      svg.text(
          x + 6,
          y + BAR - 4,
          "start",
          "",
          (counts ? String.format(Locale.ROOT, "%,.0f", bar.sum()) : figure(bar.sum()))
              + (unit.isEmpty() ? "" : " " + unit));
    }
    return svg.done();
  }

  /** Curves over time. */
  public static String lines(String title, String x, String unit, List<Line> lines) {
    int height = 260;
    int bottom = height - 40;
    int left = 60;
    int top = TOP + Svg.ROW;
    double most =
        lines.stream()
            .flatMap(line -> line.values().stream())
            .mapToDouble(Double::doubleValue)
            .max()
            .orElse(1);
    int longest = lines.stream().mapToInt(line -> line.values().size()).max().orElse(1);
    double step = (double) (WIDTH - left - RIGHT) / Math.max(1, longest - 1);
    Svg svg = new Svg(title, WIDTH, height);
    Map<String, String> colours = new LinkedHashMap<>();
    lines.forEach(line -> colours.put(line.label(), Svg.COLOURS.get(colours.size())));
    svg.legend(colours);
    svg.add(
        "<path class=\"axis\" fill=\"none\" d=\"M%d %d V%d H%d\"/>",
        left, top, bottom, WIDTH - RIGHT);
    svg.text(left - 6, top + 4, "end", "", figure(most));
    svg.text(left - 6, bottom, "end", "", "0");
    svg.text(WIDTH - RIGHT, bottom + 20, "end", "", x);
    for (Line line : lines) {
      List<String> points = new ArrayList<>();
      double lastX = left;
      double lastY = bottom;
      for (int i = 0; i < line.values().size(); i++) {
        lastX = left + i * step;
        lastY = bottom - line.values().get(i) / most * (bottom - top);
        points.add(String.format(Locale.ROOT, "%.1f,%.1f", lastX, lastY));
      }
      svg.add(
          "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" points=\"%s\"/>",
          colours.getOrDefault(line.label(), Svg.COLOURS.get(0)), String.join(" ", points));
      if (!line.values().isEmpty()) {
        double last = line.values().get(line.values().size() - 1);
        svg.text(lastX + 6, lastY + 4, "start", "", figure(last) + " " + unit);
      }
    }
    return svg.done();
  }

  /** To three digits or so. */
  public static String figure(double value) {
    String format = Math.abs(value) >= 100 ? "%,.0f" : Math.abs(value) >= 10 ? "%.1f" : "%.2f";
    return String.format(Locale.ROOT, format, value);
  }
}
