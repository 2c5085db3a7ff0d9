package tickets.contract;

import java.time.Duration;

/**
 * How long a ticket spent in each stage of the scorer, in milliseconds with microseconds as
 * fraction. Tokenising and inference are those of the whole batch the ticket was in.
 *
 * @param queueMs from the broker's receipt to the scorer reading it
 * @param batchMs from there to its batch being full or old enough
 * @param tokenisingMs turning the batch into token ids
 * @param inferenceMs the model's forward passes over the batch
 */
public record StageTimes(double queueMs, double batchMs, double tokenisingMs, double inferenceMs) {

  public static StageTimes of(
      Duration queue, Duration batch, Duration tokenising, Duration inference) {
    return new StageTimes(millis(queue), millis(batch), millis(tokenising), millis(inference));
  }

  private static double millis(Duration duration) {
    return Math.max(0, Math.round(duration.toNanos() / 1e3)) / 1e3;
  }
}
