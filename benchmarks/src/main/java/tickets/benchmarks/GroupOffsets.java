package tickets.benchmarks;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import tickets.contract.Topics;

/** How far consumer groups are. */
public final class GroupOffsets implements AutoCloseable {

  private static final long LIMIT_SECONDS = 20;

  private final Admin admin;

  public GroupOffsets(String servers) {
    admin = Admin.create(Map.of("bootstrap.servers", servers));
  }

  public Map<String, Map<TopicPartition, Long>> committed(List<String> groups)
      throws ExecutionException, InterruptedException, TimeoutException {
    var all =
        admin
            .listConsumerGroupOffsets(
                groups.stream()
                    .collect(
                        Collectors.toMap(
                            group -> group, group -> new ListConsumerGroupOffsetsSpec())))
            .all()
            .get(LIMIT_SECONDS, TimeUnit.SECONDS);
    Map<String, Map<TopicPartition, Long>> committed = new HashMap<>();
    all.forEach(
        (group, partitions) -> {
          Map<TopicPartition, Long> of = new HashMap<>();
          partitions.forEach(
              (partition, at) -> {
                if (at != null) {
                  of.put(partition, at.offset());
                }
              });
          committed.put(group, of);
        });
    return committed;
  }

  /** The ends of some topics as readers of what is committed see them. */
  public Map<TopicPartition, Long> ends(List<String> topics)
      throws ExecutionException, InterruptedException, TimeoutException {
    Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
    for (String topic : topics) {
      for (int partition = 0; partition < Topics.PARTITIONS; partition++) {
        wanted.put(new TopicPartition(topic, partition), OffsetSpec.latest());
      }
    }
    Map<TopicPartition, Long> ends = new HashMap<>();
    admin
        .listOffsets(wanted, new ListOffsetsOptions(IsolationLevel.READ_COMMITTED))
        .all()
        .get(LIMIT_SECONDS, TimeUnit.SECONDS)
        .forEach((partition, at) -> ends.put(partition, at.offset()));
    return ends;
  }

  /** Whether a group has everything before these offsets. */
  public static boolean reached(
      Map<TopicPartition, Long> committed, Map<TopicPartition, Long> behind) {
    return behind.entrySet().stream()
        .allMatch(
            entry ->
                entry.getValue() == 0
                    || committed.getOrDefault(entry.getKey(), 0L) >= entry.getValue());
  }

  /** How many records before {@code behind} a group has. */
  public static long sum(Map<TopicPartition, Long> committed, Map<TopicPartition, Long> behind) {
    return behind.entrySet().stream()
        .mapToLong(entry -> Math.min(entry.getValue(), committed.getOrDefault(entry.getKey(), 0L)))
        .sum();
  }

  @Override
  public void close() {
    admin.close();
  }
}
