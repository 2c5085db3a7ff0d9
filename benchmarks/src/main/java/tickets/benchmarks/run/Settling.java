package tickets.benchmarks.run;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import tickets.benchmarks.Figures;
import tickets.benchmarks.Progress;

/** JVMs compile what they run for minutes; nothing is to be measured meanwhile. */
public final class Settling {

  /** Rates of two windows that differ by no more are those of JVMs that have compiled it all. */
  private static final double SETTLED = 0.05;

  private Settling() {}

  /**
   * Returns when the rate has settled, or after a limit, which is then a doubt.
   *
   * @param count of what is done, from any beginning
   * @param window seconds
   * @return the rate of each window, a second
   */
  public static List<Double> rates(
      LongSupplier count, int window, int mostSeconds, List<String> doubts)
      throws InterruptedException {
    List<Double> rates = new ArrayList<>();
    long begin = System.nanoTime();
    long from = begin;
    long counted = count.getAsLong();
    while (true) {
      TimeUnit.SECONDS.sleep(window);
      long now = System.nanoTime();
      long done = count.getAsLong();
      double rate = (done - counted) / ((now - from) / 1e9);
      from = now;
      counted = done;
      rates.add(Figures.round(rate));
      Progress.line("%.1f a second", rate);
      int last = rates.size() - 1;
      if (last > 0 && rate > 0 && Math.abs(rates.get(last - 1) - rate) <= SETTLED * rate) {
        return rates;
      }
      if ((now - begin) / 1e9 + window > mostSeconds) {
        doubts.add("the rate had not settled after " + (now - begin) / 1_000_000_000 + " s");
        return rates;
      }
    }
  }
}
