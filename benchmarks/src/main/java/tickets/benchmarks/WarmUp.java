package tickets.benchmarks;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** JVMs compile what they run for minutes; nothing is measured before the rate has settled. */
public final class WarmUp {

  /** Rates that differ by no more are those of JVMs that have compiled it all. */
  private static final double SETTLED = 0.05;

  /** As many windows after one another: two that differ by 5 % may each be the next step up. */
  private static final int WINDOWS = 3;

  private WarmUp() {}

  /**
   * Rates a second, window by window, until three after one another differ by no more than 5 %, and
   * their mean is no more than that above the one of the up to three before: a rate that gains a
   * percent or two with each window was taken for settled after 100 s.
   *
   * @param count what was done so far
   * @param mostSeconds when it is given up, which is added to the doubts
   */
  public static List<Double> untilSettled(
      LongSupplier count, int windowSeconds, int mostSeconds, List<String> doubts)
      throws InterruptedException {
    List<Double> rates = new ArrayList<>();
    long begin = System.nanoTime();
    long from = begin;
    long counted = count.getAsLong();
    while (true) {
      TimeUnit.SECONDS.sleep(windowSeconds);
      long now = System.nanoTime();
      long scored = count.getAsLong();
      double rate = (scored - counted) / ((now - from) / 1e9);
      from = now;
      counted = scored;
      rates.add(Figures.round(rate));
      Progress.line("%.1f a second", rate);
      if (hasSettled(rates)) {
        return rates;
      }
      if ((now - begin) / 1e9 + windowSeconds > mostSeconds) {
        doubts.add("the rate had not settled after " + (now - begin) / 1_000_000_000 + " s");
        return rates;
      }
    }
  }

  /**
   * The mean of the last three: one window alone says as much of the machine's other work.
   *
   * @param rates at least one
   */
  public static double lastRate(List<Double> rates) {
    return last(rates).stream().mapToDouble(Double::doubleValue).average().orElseThrow();
  }

  private static List<Double> last(List<Double> rates) {
    return rates.subList(Math.max(0, rates.size() - WINDOWS), rates.size());
  }

  static boolean hasSettled(List<Double> rates) {
    if (rates.size() < WINDOWS) {
      return false;
    }
    List<Double> last = last(rates);
    double most = Collections.max(last);
    List<Double> before = rates.subList(0, rates.size() - WINDOWS);
    boolean grows =
        !before.isEmpty() && lastRate(rates) - lastRate(before) > SETTLED * lastRate(rates);
    return most > 0 && most - Collections.min(last) <= SETTLED * most && !grows;
  }
}
