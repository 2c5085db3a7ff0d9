package tickets.benchmarks.scale;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import tickets.benchmarks.Machine;

/**
 * All of a run, as it is written to its file.
 *
 * @param commit of the repository; ends in "+" where files differ from it
 * @param loadAverages at each stage's beginning
 * @param share how each of several scorers got its share of CPU time, in words
 * @param sharePercent that share, of one core
 * @param shareBatch the most tickets of a batch there; elsewhere as the scorer ships
 * @param warmUp tickets a second of three scorers with all CPU, window by window
 * @param scorers three, two, one: each with one thread a lane and its share
 * @param threads one, two, four of one scorer with all CPU
 * @param partitions four, two, one of the topic's with tickets, and four threads with all CPU
 * @param counted of all tickets, what stands in the topics at the end
 * @param doubts what makes a figure less certain than it looks, in words; empty where all is well
 */
record Measured(
    Instant began,
    boolean quick,
    String commit,
    Machine machine,
    Map<String, Double> loadAverages,
    String modelDigest,
    String share,
    int sharePercent,
    int shareBatch,
    List<Double> warmUp,
    List<Stage> scorers,
    List<Stage> threads,
    List<Stage> partitions,
    Counted counted,
    List<String> doubts) {

  /**
   * One setting, for some time, while more was waiting than was scored.
   *
   * @param threads of each scorer
   * @param partitions that have tickets
   * @param ticketsPerSecond of all scorers
   * @param toOne that rate to the one of the series' setting with one scorer, thread or partition
   * @param efficiency the same by scorer, thread or partition: 1 if it grew as their number did
   * @param evenBacklogEfficiency the same of a backlog that lies evenly on the partitions, until
   *     its last ticket is scored: whoever has fewer partitions is done earlier and idle
   * @param leastToMost the slowest instance's rate to the quickest one's; of threads where there is
   *     one instance
   */
  record Stage(
      int scorers,
      int threads,
      int partitions,
      double seconds,
      double ticketsPerSecond,
      double toOne,
      double efficiency,
      double evenBacklogEfficiency,
      double leastToMost,
      double batchFill,
      double ticketsPerCpuSecond,
      List<Double> ticketsPerSecondByPartition,
      List<Instance> instances) {}

  /**
   * One scorer.
   *
   * @param share of what all scored
   * @param batchFill as {@code scorer_batch_fill} has it: by tickets or tokens
   * @param cores in use, of CPU time
   * @param meanTokens of a ticket: with longer ones fewer are scored
   * @param interactivePartitions that it has on the other lane, on which nothing came
   */
  record Instance(
      String name,
      int tickets,
      double ticketsPerSecond,
      double share,
      double ticketsPerBatch,
      double batchFill,
      double cores,
      double cpuSecondsPer1000,
      double meanTokens,
      double pssMib,
      List<Integer> interactivePartitions,
      List<StreamThread> threads) {}

  /**
   * One of its stream threads.
   *
   * @param share of what all scored
   */
  record StreamThread(
      String name,
      List<Integer> partitions,
      int batches,
      int tickets,
      double ticketsPerSecond,
      double share,
      double ticketsPerBatch,
      double cores,
      double cpuSecondsPer1000) {}

  /** Of all tickets of the run. */
  record Counted(int tickets, int priorities, int lost, int doubled, int rejections) {}
}
