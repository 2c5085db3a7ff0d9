package tickets.scorer.chart;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Curves, bars, dots and marks between two axes. */
public final class Plane {
  private static final int WIDTH = 420;
  private static final int HEIGHT = 330;
  private static final int LEFT = 52;
  private static final int RIGHT = 16;
  private static final int BOTTOM = 44;
  private static final int TITLE = 30;
  private static final int AXIS_NAME = 16;
  private static final int TICKS = 5;

  /** More can't be seen at this size. */
  private static final int MOST_POINTS = 400;

  /**
   * @param from at the left, or the bottom
   * @param to at the right, or the top; more than {@code from}
   */
  public record Axis(String name, double from, double to) {

    /** Of shares. */
    public static Axis share(String name) {
      return new Axis(name, 0, 1);
    }

    /** From 0, or below, to the highest of these. */
    public static Axis over(String name, List<Point> points, boolean ofX) {
      double low = 0;
      double high = 0;
      for (Point point : points) {
        double value = ofX ? point.x() : point.y();
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
      return new Axis(name, low, high > low ? high : low + 1);
    }
  }

  public record Point(double x, double y) {}

  private enum Kind {
    CURVE,
    DOTS,
    WHISKER,
    MARK
  }

  private record Drawn(Kind kind, String name, List<Point> points) {}

  private record Bar(double from, double to, double height) {}

  private final String title;
  private final Axis x;
  private final Axis y;
  private final List<Drawn> drawn = new ArrayList<>();
  private final List<Bar> bars = new ArrayList<>();
  private String barsName = "";
  private boolean diagonal;

  public Plane(String title, Axis x, Axis y) {
    this.title = title;
    this.x = x;
    this.y = y;
  }

  /** From corner to corner, where chance or perfection lies. */
  public Plane diagonal() {
    diagonal = true;
    return this;
  }

  public Plane curve(String name, List<Point> points) {
    drawn.add(new Drawn(Kind.CURVE, name, thinned(points)));
    return this;
  }

  public Plane dots(String name, List<Point> points) {
    drawn.add(new Drawn(Kind.DOTS, name, List.copyOf(points)));
    return this;
  }

  /** How far up and down a dot may really lie. */
  public Plane whisker(String name, double at, double low, double high) {
    drawn.add(new Drawn(Kind.WHISKER, name, List.of(new Point(at, low), new Point(at, high))));
    return this;
  }

  /** An upright line at this x. */
  public Plane mark(String name, double at) {
    drawn.add(new Drawn(Kind.MARK, name, List.of(new Point(at, y.from()))));
    return this;
  }

  /** Upright bars, all of one name. */
  public Plane bar(String name, double from, double to, double height) {
    barsName = name;
    bars.add(new Bar(from, to, height));
    return this;
  }

  public String svg() {
    Map<String, String> colours = new LinkedHashMap<>();
    if (!bars.isEmpty()) {
      colours.put(barsName, Svg.COLOURS.get(0));
    }
    for (Drawn one : drawn) {
      colours.computeIfAbsent(
          one.name(), name -> Svg.COLOURS.get(colours.size() % Svg.COLOURS.size()));
    }
    int legend = Svg.legendHeight(colours.keySet(), WIDTH);
    int height = HEIGHT + legend + AXIS_NAME;
    Frame frame = new Frame(LEFT, TITLE + legend + AXIS_NAME, WIDTH - RIGHT, height - BOTTOM, x, y);
    Svg svg = new Svg(title, WIDTH, height);
    svg.legend(colours);
    axes(svg, frame);
    for (Bar bar : bars) {
      svg.add(
          "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\""
              + " fill-opacity=\"0.55\"/>",
          frame.x(bar.from()) + 1,
          frame.y(bar.height()),
          frame.x(bar.to()) - frame.x(bar.from()) - 2,
          frame.bottom() - frame.y(bar.height()),
          Svg.COLOURS.get(0));
    }
    if (diagonal) {
      svg.add(
          "<path class=\"axis\" stroke-dasharray=\"4 4\" fill=\"none\" d=\"M%.1f %.1fL%.1f %.1f\"/>",
          frame.left(), frame.bottom(), frame.right(), frame.top());
    }
    for (Drawn one : drawn) {
      draw(svg, frame, one, colours.getOrDefault(one.name(), Svg.COLOURS.get(0)));
    }
    return svg.done();
  }

  private void axes(Svg svg, Frame frame) {
    svg.add(
        "<path class=\"axis\" fill=\"none\" d=\"M%.1f %.1fV%.1fH%.1f\"/>",
        frame.left(), frame.top(), frame.bottom(), frame.right());
    for (int i = 0; i <= TICKS; i++) {
      double atX = x.from() + i * (x.to() - x.from()) / TICKS;
      double atY = y.from() + i * (y.to() - y.from()) / TICKS;
      svg.text(frame.x(atX), frame.bottom() + 16, "middle", "", tick(atX, x));
      svg.text(frame.left() - 6, frame.y(atY) + 4, "end", "", tick(atY, y));
    }
    svg.text(frame.right(), frame.bottom() + 36, "end", "", x.name());
    svg.text(0, frame.top() - 8, "start", "", y.name());
  }

  private static String tick(double value, Axis axis) {
    double span = axis.to() - axis.from();
    if (value == 0) {
      return "0";
    }
    if (span < 0.01) {
      return String.format(Locale.ROOT, "%.0e", value);
    }
    return String.format(Locale.ROOT, span >= 50 ? "%.0f" : span >= 5 ? "%.1f" : "%.2f", value);
  }

  private void draw(Svg svg, Frame frame, Drawn one, String colour) {
    switch (one.kind()) {
      case CURVE -> {
        List<String> points = new ArrayList<>();
        for (Point point : one.points()) {
          points.add(
              String.format(Locale.ROOT, "%.1f,%.1f", frame.x(point.x()), frame.y(point.y())));
        }
        svg.add(
            "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" points=\"%s\"/>",
            colour, String.join(" ", points));
      }
      case DOTS -> {
        for (Point point : one.points()) {
          svg.add(
              "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"%s\"/>",
              frame.x(point.x()), frame.y(point.y()), colour);
        }
      }
      case WHISKER ->
          svg.add(
              "<path stroke=\"%s\" stroke-width=\"1.5\" d=\"M%.1f %.1fV%.1f\"/>",
              colour,
              frame.x(one.points().get(0).x()),
              frame.y(one.points().get(0).y()),
              frame.y(one.points().get(1).y()));
      case MARK ->
          svg.add(
              "<path stroke=\"%s\" stroke-width=\"2\" stroke-dasharray=\"6 3\" d=\"M%.1f"
                  + " %.1fV%.1f\"/>",
              colour, frame.x(one.points().get(0).x()), frame.bottom(), frame.top());
    }
  }

  private static List<Point> thinned(List<Point> points) {
    if (points.size() <= MOST_POINTS) {
      return List.copyOf(points);
    }
    List<Point> some = new ArrayList<>();
    for (int i = 0; i < MOST_POINTS; i++) {
      some.add(points.get((int) ((long) i * (points.size() - 1) / (MOST_POINTS - 1))));
    }
    return some;
  }

  private record Frame(double left, double top, double right, double bottom, Axis ofX, Axis ofY) {
    double x(double value) {
      return left + (value - ofX.from()) / (ofX.to() - ofX.from()) * (right - left);
    }

    double y(double value) {
      return bottom - (value - ofY.from()) / (ofY.to() - ofY.from()) * (bottom - top);
    }
  }
}
