package tickets.benchmarks.scale;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.TopicPartition;
import tickets.contract.Lane;
import tickets.contract.Topics;

/** Which partitions each stream thread has, as the broker knows it. */
final class Assignment implements AutoCloseable {

  private static final long LIMIT_SECONDS = 20;
  private static final long PATIENCE_SECONDS = 90;

  /** Kafka Streams names a thread's consumer after the thread. */
  private static final String CONSUMER = "-consumer";

  private final Admin admin;

  Assignment(String servers) {
    admin = Admin.create(Map.of("bootstrap.servers", servers));
  }

  /**
   * Waits until all partitions of the lane are with so many threads, as evenly as their numbers
   * allow; where that does not come about, until they are with any.
   *
   * @return the partitions of each thread, by the thread's name
   * @throws IllegalStateException if some partition is with none
   */
  Map<String, List<Integer>> await(Lane lane, int threads)
      throws ExecutionException, InterruptedException, TimeoutException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    Map<String, List<Integer>> now;
    do {
      now = of(lane);
      if (isEven(now, threads)) {
        return now;
      }
      TimeUnit.MILLISECONDS.sleep(500);
    } while (System.nanoTime() < deadline);
    if (!isComplete(now)) {
      throw new IllegalStateException(
          "After " + PATIENCE_SECONDS + " s " + lane.topic() + " is spread like this: " + now);
    }
    return now;
  }

  /** Empty while the group is being rebalanced. */
  private Map<String, List<Integer>> of(Lane lane)
      throws ExecutionException, InterruptedException, TimeoutException {
    ConsumerGroupDescription group =
        admin
            .describeConsumerGroups(List.of(lane.scorerGroup()))
            .all()
            .get(LIMIT_SECONDS, TimeUnit.SECONDS)
            .values()
            .iterator()
            .next();
    Map<String, List<Integer>> partitions = new TreeMap<>();
    if (group.groupState() == GroupState.STABLE) {
      for (MemberDescription member : group.members()) {
        String consumer = member.clientId();
        partitions.put(
            consumer.endsWith(CONSUMER)
                ? consumer.substring(0, consumer.length() - CONSUMER.length())
                : consumer,
            member.assignment().topicPartitions().stream()
                .filter(each -> each.topic().equals(lane.topic()))
                .map(TopicPartition::partition)
                .sorted()
                .toList());
      }
    }
    return partitions;
  }

  /** Whether there are so many threads, of which none has two partitions more than another. */
  static boolean isEven(Map<String, List<Integer>> partitions, int threads) {
    int fewest = partitions.values().stream().mapToInt(List::size).min().orElse(0);
    int most = partitions.values().stream().mapToInt(List::size).max().orElse(0);
    return isComplete(partitions) && partitions.size() == threads && most - fewest <= 1;
  }

  private static boolean isComplete(Map<String, List<Integer>> partitions) {
    return partitions.values().stream().flatMap(List::stream).distinct().count()
        == Topics.PARTITIONS;
  }

  @Override
  public void close() {
    admin.close();
  }
}
