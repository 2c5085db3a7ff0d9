package tickets.benchmarks.scale;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import tickets.contract.Topics;

/**
 * How quickly a thread scored, from the end of its first batch to the end of its last: a stretch of
 * time that begins or ends within a batch would be off by a part of it, and there are few.
 *
 * @param batches within the time, the first included
 * @param tickets of all of these
 * @param perSecond tickets, once the first batch was scored; 0 if there were less than two
 * @param perSecondByPartition the same of each partition of the topic
 */
record Pace(int batches, int tickets, double perSecond, List<Double> perSecondByPartition) {

  static final Pace NONE = new Pace(0, 0, 0, Collections.nCopies(Topics.PARTITIONS, 0.0));

  /**
   * @param batches in order; those of other threads are passed over
   * @param partitions that the thread has
   */
  static Pace of(List<Batches.Batch> batches, List<Integer> partitions) {
    List<Batches.Batch> own = batches.stream().filter(each -> each.isOf(partitions)).toList();
    int tickets = own.stream().mapToInt(Batches.Batch::tickets).sum();
    if (own.size() < 2) {
      return new Pace(own.size(), tickets, 0, NONE.perSecondByPartition());
    }
    List<Double> byPartition = new ArrayList<>();
    Batches.Batch first = own.get(0);
    Duration took = Duration.between(first.scoredAt(), own.get(own.size() - 1).scoredAt());
    double seconds = took.toNanos() / 1e9;
    for (int partition = 0; partition < Topics.PARTITIONS; partition++) {
      int from = partition;
      int its = own.stream().skip(1).mapToInt(each -> each.byPartition().get(from)).sum();
      byPartition.add(its / seconds);
    }
    return new Pace(own.size(), tickets, (tickets - first.tickets()) / seconds, byPartition);
  }

  double ticketsPerBatch() {
    return batches == 0 ? 0 : (double) tickets / batches;
  }
}
