package tickets.benchmarks.scale;

import java.io.IOException;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tickets.benchmarks.Figures;
import tickets.benchmarks.Meters;
import tickets.benchmarks.processes.Usage;
import tickets.contract.Topics;

/**
 * What was seen of the scorers before and after some time. Figures are made of it when the run is
 * over, and every outcome has come.
 *
 * @param partitions that have tickets
 */
record Window(int threads, int partitions, Instant from, Instant to, List<Seen> scorers) {

  /** One scorer at one moment. */
  record Moment(long nanos, Usage.Of usage, Map<String, Double> cpuByThread, Meters meters) {
    static Moment of(ProcessHandle scorer, URI management)
        throws IOException, InterruptedException {
      Usage.Of usage = Usage.of(List.of(scorer));
      return new Moment(
          System.nanoTime(), usage, Usage.cpuSecondsByThread(scorer), Meters.at(management));
    }
  }

  /**
   * One scorer.
   *
   * @param tickets the partitions of each of its threads, by the thread's name
   * @param interactive its partitions on the other lane
   */
  record Seen(
      String name,
      Map<String, List<Integer>> tickets,
      List<Integer> interactive,
      Moment before,
      Moment after) {

    double seconds() {
      return (after.nanos() - before.nanos()) / 1e9;
    }

    double cores() {
      return (after.usage().cpuSeconds() - before.usage().cpuSeconds()) / seconds();
    }

    double coresOf(String thread) {
      return (after.cpuByThread().getOrDefault(thread, 0.0)
              - before.cpuByThread().getOrDefault(thread, 0.0))
          / seconds();
    }
  }

  /** As many scorers, threads or partitions at work as a series counts. */
  int size() {
    return scorers.size() > 1 ? scorers.size() : Math.min(threads, partitions);
  }

  /**
   * The window's figures.
   *
   * @param all that was scored in the run
   * @param one the window with which this one is compared
   */
  Measured.Stage figures(Batches all, Window one) {
    Map<String, Pace> paces = paces(all);
    double rate = rate(paces);
    double ratio = rate / one.rate(one.paces(all));
    List<Measured.Instance> instances = new ArrayList<>();
    for (Seen scorer : scorers) {
      instances.add(instance(scorer, paces, rate));
    }
    double cores = scorers.stream().mapToDouble(Seen::cores).sum();
    List<Double> rates =
        instances.size() > 1
            ? instances.stream().map(Measured.Instance::ticketsPerSecond).toList()
            : atWork(paces).stream().map(Pace::perSecond).toList();
    return new Measured.Stage(
        scorers.size(),
        threads,
        partitions,
        Figures.round((to.toEpochMilli() - from.toEpochMilli()) / 1e3),
        Figures.round(rate),
        to3(ratio),
        to3(ratio / size()),
        to3(ratio / size() * evenBacklog(paces, rate)),
        to3(Collections.min(rates) / Collections.max(rates)),
        to3(instances.stream().mapToDouble(Measured.Instance::batchFill).average().orElse(0)),
        Figures.round(rate / cores),
        byPartition(paces),
        instances);
  }

  /** By the thread's name. */
  private Map<String, Pace> paces(Batches all) {
    List<Batches.Batch> batches = all.between(from, to);
    Map<String, Pace> paces = new LinkedHashMap<>();
    for (Seen scorer : scorers) {
      scorer.tickets().forEach((name, its) -> paces.put(name, Pace.of(batches, its)));
    }
    return paces;
  }

  private static double rate(Map<String, Pace> paces) {
    return paces.values().stream().mapToDouble(Pace::perSecond).sum();
  }

  private static List<Pace> atWork(Map<String, Pace> paces) {
    return paces.values().stream().filter(pace -> pace.batches() > 0).toList();
  }

  /**
   * What of the rate is left for a backlog that lies evenly on the partitions with tickets: it is
   * done when the thread is that has most to do for its pace.
   */
  private double evenBacklog(Map<String, Pace> paces, double rate) {
    double longest = 0;
    for (Seen scorer : scorers) {
      for (Map.Entry<String, List<Integer>> thread : scorer.tickets().entrySet()) {
        Pace pace = paces.get(thread.getKey());
        long full = thread.getValue().stream().filter(each -> each < partitions).count();
        if (pace != null && full > 0) {
          longest = Math.max(longest, full / pace.perSecond());
        }
      }
    }
    return partitions / longest / rate;
  }

  private static List<Double> byPartition(Map<String, Pace> paces) {
    double[] rates = new double[Topics.PARTITIONS];
    paces
        .values()
        .forEach(
            pace ->
                Arrays.setAll(rates, each -> rates[each] + pace.perSecondByPartition().get(each)));
    return Arrays.stream(rates).mapToObj(Figures::round).toList();
  }

  private static Measured.Instance instance(Seen scorer, Map<String, Pace> paces, double all) {
    List<Measured.StreamThread> threads = new ArrayList<>();
    double rate = 0;
    int tickets = 0;
    for (Map.Entry<String, List<Integer>> thread : scorer.tickets().entrySet()) {
      Pace pace = paces.getOrDefault(thread.getKey(), Pace.NONE);
      double cores = scorer.coresOf(thread.getKey());
      threads.add(
          new Measured.StreamThread(
              shortened(thread.getKey()),
              thread.getValue(),
              pace.batches(),
              pace.tickets(),
              Figures.round(pace.perSecond()),
              to3(pace.perSecond() / all),
              Figures.round(pace.ticketsPerBatch()),
              to3(cores),
              per1000(cores, pace.perSecond())));
      rate += pace.perSecond();
      tickets += pace.tickets();
    }
    Meters before = scorer.before().meters();
    Meters after = scorer.after().meters();
    return new Measured.Instance(
        scorer.name(),
        tickets,
        Figures.round(rate),
        to3(rate / all),
        Figures.round(after.ticketsPerBatch(before)),
        to3(after.batchFill(before)),
        to3(scorer.cores()),
        per1000(scorer.cores(), rate),
        Figures.round(
            after.since(before, "scorer_tokens_total")
                / after.since(before, "scorer_batch_tickets_sum")),
        Figures.round(scorer.after().usage().pssMib()),
        scorer.interactive(),
        threads);
  }

  private static double per1000(double cores, double rate) {
    return rate > 0 ? Figures.round(1_000 * cores / rate) : 0;
  }

  /** Without the process's id, which says nothing to a reader. */
  private static String shortened(String thread) {
    return thread.substring(Math.max(0, thread.indexOf("StreamThread")));
  }

  static double to3(double value) {
    return Math.round(value * 1_000) / 1_000.0;
  }
}
