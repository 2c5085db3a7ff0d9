package tickets.benchmarks.replaced;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tickets.benchmarks.Machine;
import tickets.benchmarks.run.Callers;

/**
 * All of a run, as it is written to its file.
 *
 * @param commit of the repository; ends in "+" where files differ from it
 * @param loadAverages at each stage's beginning
 * @param warmUp calls of ours that were answered a second, window by window
 * @param beside the replaced service in each deployment, the plain one first
 * @param doubts what makes a figure less certain than it looks, in words
 */
record Compared(
    Instant began,
    boolean quick,
    String commit,
    Machine machine,
    Map<String, Double> loadAverages,
    List<Double> warmUp,
    List<Beside> beside,
    List<String> doubts) {

  /**
   * Ours and one deployment of the replaced service, by turns.
   *
   * @param openLoopPerSecond how many come, on both alike
   */
  record Beside(
      ReplacedService.Deployment deployment,
      List<Load> closedLoops,
      double openLoopPerSecond,
      List<Load> openLoops,
      List<Load> queued,
      List<Load> queuedAlone) {}

  /**
   * One load on both, one after the other.
   *
   * @param callers at once; 0 in an open loop, and where tickets are queued
   */
  record Load(int round, int callers, Side ours, Side replaced) {}

  /**
   * @param ticketsPerSecond that were answered
   * @param cpuSecondsPer1000 of all its processes, for 1,000 answered tickets
   * @param coresOfTheOther what the other one, idle, took meanwhile
   * @param latency of calls; null where many are in the queue at a time
   */
  record Side(
      double ticketsPerSecond,
      double cpuSecondsPer1000,
      double coresOfTheOther,
      Callers.@Nullable Latency latency) {}
}
