package tickets.scorer.evaluate;

/** Where a share that was measured on few tickets really lies, with 95 % certainty. */
public record Interval(double low, double high) {

  private static final double Z = 1.959963984540054;

  /** Of a share, by Wilson: it holds for few tickets and for shares near 0 and 1, too. */
  static Interval wilson(int hits, int of) {
    if (of == 0) {
      return new Interval(0, 1);
    }
    double share = (double) hits / of;
    double square = Z * Z / of;
    double middle = (share + square / 2) / (1 + square);
    double half = Z / (1 + square) * Math.sqrt(share * (1 - share) / of + square / (4 * of));
    // Near 0 and 1 rounding would put the share itself outside.
    return new Interval(
        Math.max(0, Math.min(share, middle - half)), Math.min(1, Math.max(share, middle + half)));
  }
}
