package tickets.benchmarks.run;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tickets.benchmarks.Machine;
import tickets.benchmarks.engine.Contest;
import tickets.benchmarks.engine.Judged;
import tickets.benchmarks.engine.Round;
import tickets.benchmarks.engine.Singles;

/**
 * All of a run, as it is written to its file.
 *
 * @param commit of the repository; ends in "+" where files differ from it
 * @param loadAverages at each stage's beginning
 * @param stubTicketsPerSecond through the pipeline without tokenizer and model
 * @param starts of {@code ./start}, on the same data
 * @param doubts what makes a figure less certain than it looks, in words; empty where all is well
 */
record Measured(
    Instant began,
    boolean quick,
    String commit,
    Machine machine,
    Map<String, Double> loadAverages,
    String modelDigest,
    EngineFigures engine,
    PipelineFigures pipeline,
    @Nullable Double stubTicketsPerSecond,
    List<Standalone.Started> starts,
    List<String> doubts) {

  /**
   * The engine alone.
   *
   * @param contest beside the peers, before the pipeline ran; ours is the first
   * @param after rounds of ours alone when the pipeline was stopped
   * @param ticketsPerSecond the median of all its rounds
   * @param singles one ticket at a time, on one thread
   * @param toFp32 how far its precision's answers are from those of fp32
   */
  record EngineFigures(
      String precision,
      Contest.Result contest,
      List<Round> after,
      double ticketsPerSecond,
      double cpuSecondsPer1000,
      Singles singles,
      Judged.@Nullable Difference toFp32) {}

  /**
   * The whole pipeline.
   *
   * @param warmUpCallers how many calls were answered a second, window by window, before the
   *     measurements; the last two differ by no more than 5 % if it had settled
   * @param warmUpTopic the same of tickets from the topic
   * @param capacityOverHttp calls a second in a closed loop, once settled
   * @param openLoopCpuSecondsPer1000 of each process: small batches cost more by the ticket
   * @param openLoopTicketsPerBatch in the mean
   * @param openLoopOverKafka tickets that come by the topic, until a reader has their outcomes
   * @param paddingShare of the tokens that the scorer's model worked through meanwhile
   */
  record PipelineFigures(
      List<Double> warmUpCallers,
      List<Double> warmUpTopic,
      double capacityOverHttp,
      Callers.Latency idle,
      Map<String, Map<String, Double>> idleStages,
      Callers.Latency openLoop,
      Map<String, Map<String, Double>> openLoopStages,
      Map<String, Double> openLoopCpuSecondsPer1000,
      double openLoopTicketsPerBatch,
      Callers.Latency openLoopOverKafka,
      Saturated withSinks,
      Saturated scorerAlone,
      Callers.Latency besideBacklog,
      double paddingShare,
      Map<String, Double> pssMibByRole) {}

  /**
   * A stretch of time in which more was waiting than was scored.
   *
   * @param cpuSecondsPer1000 of each process, and of all
   */
  record Saturated(
      double seconds,
      long scored,
      double ticketsPerSecond,
      Map<String, Double> cpuSecondsPer1000,
      Map<String, Map<String, Double>> stages,
      boolean stayedFull) {}

  /** Of PSS, or of CPU time. */
  static double sum(Map<String, Double> byRole) {
    return byRole.values().stream().mapToDouble(Double::doubleValue).sum();
  }
}
