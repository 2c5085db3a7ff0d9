package tickets.benchmarks.engine;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import tickets.benchmarks.Figures;
import tickets.benchmarks.Progress;

/**
 * Engines side by side: in every round each of them scores the same texts, one after the other, so
 * that what else the machine does falls on all. What counts are the ratios within a round.
 */
public final class Contest {

  /** Rates of two rounds that differ by no more are those of an engine that has settled. */
  private static final double SETTLED = 0.05;

  private static final Duration MOST_WARM_UP = Duration.ofSeconds(40);

  /**
   * One engine's part.
   *
   * @param median of each figure over the rounds
   * @param firstToIt the first engine's rate divided by its, the median over the rounds
   * @param settled whether its rate had settled before the first round
   */
  public record Standing(Round median, double firstToIt, boolean settled) {}

  /** Standings in the order of the engines. */
  public record Result(List<Standing> standings, List<Round> rounds) {}

  private Contest() {}

  public static Result run(List<Engine> engines, int rounds) throws IOException {
    List<Boolean> settled = new ArrayList<>();
    for (Engine engine : engines) {
      settled.add(warmUp(engine));
    }
    List<List<Round>> byEngine = new ArrayList<>();
    engines.forEach(engine -> byEngine.add(new ArrayList<>()));
    List<Round> raw = new ArrayList<>();
    for (int round = 1; round <= rounds; round++) {
      for (int i = 0; i < engines.size(); i++) {
        // Whoever comes first in a round comes later in the next.
        int which = (i + round) % engines.size();
        Round row = engines.get(which).round(round);
        byEngine.get(which).add(row);
        raw.add(row);
        Progress.line(
            "round %d of %d  %-40s %7.1f tickets/s  %6.2f CPU s per 1,000",
            round, rounds, row.engine(), row.ticketsPerSecond(), row.cpuSecondsPer1000());
      }
    }
    List<Standing> standings = new ArrayList<>();
    for (int i = 0; i < engines.size(); i++) {
      List<Round> rows = byEngine.get(i);
      List<Double> ratios = new ArrayList<>();
      for (int round = 0; round < rounds; round++) {
        ratios.add(
            byEngine.get(0).get(round).ticketsPerSecond() / rows.get(round).ticketsPerSecond());
      }
      standings.add(
          new Standing(
              median(engines.get(i).name(), rows), median(ratios, ratio -> ratio), settled.get(i)));
    }
    return new Result(standings, raw);
  }

  /** Scores until two rounds after each other are equally quick; false if that never came. */
  public static boolean warmUp(Engine engine) throws IOException {
    double before = 0;
    long limit = System.nanoTime() + MOST_WARM_UP.toNanos();
    while (System.nanoTime() < limit) {
      // The same texts each time: what differs is the engine.
      double rate = engine.round(0).ticketsPerSecond();
      if (Math.abs(rate - before) <= SETTLED * rate) {
        return true;
      }
      before = rate;
    }
    Progress.line("%s has not settled after %d s", engine.name(), MOST_WARM_UP.toSeconds());
    return false;
  }

  /** The medians of one engine's rounds. */
  public static Round median(String engine, List<Round> rounds) {
    return new Round(
        0,
        engine,
        median(rounds, Round::ticketsPerSecond),
        median(rounds, Round::cpuSecondsPer1000),
        median(rounds, Round::meanTokens),
        median(rounds, Round::paddingShare),
        median(rounds, Round::tokenisingShare),
        median(rounds, Round::pssMib));
  }

  private static <T> double median(List<T> rows, ToDoubleFunction<T> figure) {
    return Figures.median(rows.stream().mapToDouble(figure));
  }
}
