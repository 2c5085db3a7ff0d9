package tickets.scorer.chart;

import java.util.List;

/** Counts by row and column; the stronger a cell's colour, the larger its share of its row. */
public final class Matrix {
  private static final int LABELS = 120;
  private static final int CELL = 62;
  private static final int TOP = 78;

  /** So that the figure on it stays legible in either theme. */
  private static final double DARKEST = 0.7;

  private static final int LONGEST = 15;

  private Matrix() {}

  /**
   * @param counts one list a row, as long as there are labels
   */
  public static String svg(
      String title, String rows, String columns, List<String> labels, List<List<Integer>> counts) {
    int width = LABELS + CELL * labels.size() + 8;
    Svg svg = new Svg(title, Math.max(width, 360), TOP + CELL * labels.size() + 8);
    svg.text(0, 38, "start", "", rows + " ↓   " + columns + " →");
    for (int i = 0; i < labels.size(); i++) {
      svg.text(LABELS + CELL * (i + 0.5), TOP - 8, "middle", "", shortened(labels.get(i), 8));
      svg.text(
          LABELS - 8, TOP + CELL * (i + 0.5) + 4, "end", "", shortened(labels.get(i), LONGEST));
      int all = counts.get(i).stream().mapToInt(Integer::intValue).sum();
      for (int j = 0; j < labels.size(); j++) {
        int count = counts.get(i).get(j);
        double share = all == 0 ? 0 : (double) count / all;
        double x = LABELS + CELL * j;
        double y = TOP + CELL * i;
        svg.add(
            "<rect x=\"%.1f\" y=\"%.1f\" width=\"%d\" height=\"%d\" fill=\"%s\""
                + " fill-opacity=\"%.3f\" stroke=\"#8c959f\" stroke-opacity=\"0.4\"/>",
            x, y, CELL, CELL, i == j ? Svg.COLOURS.get(0) : Svg.COLOURS.get(1), DARKEST * share);
        svg.text(x + CELL / 2.0, y + CELL / 2.0, "middle", "title", Integer.toString(count));
        svg.text(x + CELL / 2.0, y + CELL / 2.0 + 17, "middle", "", Math.round(100 * share) + " %");
      }
    }
    return svg.done();
  }

  private static String shortened(String label, int most) {
    return label.length() <= most ? label : label.substring(0, most - 1) + "…";
  }
}
