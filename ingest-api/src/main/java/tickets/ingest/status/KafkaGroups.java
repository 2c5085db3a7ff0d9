package tickets.ingest.status;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import tickets.contract.ConsumerGroups;
import tickets.contract.Topics;

/** The consumer groups of the pipeline, as the broker sees them. */
final class KafkaGroups {

  /**
   * One group.
   *
   * @param members 0 also when the broker does not know the group
   * @param stable whether every partition is assigned and nothing is moving
   * @param lag records committed to its topics which it has not finished: end offset
   *     (read_committed) minus committed offset
   * @param committed the next offset of each partition that it will finish
   */
  record Group(
      int members, boolean stable, long lag, Map<TopicPartition, OffsetAndMetadata> committed) {
    boolean works() {
      return members > 0 && stable;
    }
  }

  private KafkaGroups() {}

  /**
   * Asks the broker.
   *
   * @param limit for each of the four questions
   * @throws TimeoutException if it does not answer by then
   * @throws ExecutionException if it answers with an error, such as topics not there yet
   */
  static Map<String, Group> read(Admin admin, Duration limit)
      throws ExecutionException, InterruptedException, TimeoutException {
    List<TopicPartition> partitions = partitions();
    Map<TopicPartition, ListOffsetsResultInfo> ends =
        offsets(admin, partitions, OffsetSpec.latest(), limit);
    Map<TopicPartition, ListOffsetsResultInfo> starts =
        offsets(admin, partitions, OffsetSpec.earliest(), limit);
    var described = admin.describeConsumerGroups(ConsumerGroups.TOPICS.keySet()).describedGroups();
    var committed =
        admin.listConsumerGroupOffsets(
            ConsumerGroups.TOPICS.keySet().stream()
                .collect(Collectors.toMap(id -> id, id -> new ListConsumerGroupOffsetsSpec())));
    Map<String, Group> groups = new LinkedHashMap<>();
    for (String id : ConsumerGroups.TOPICS.keySet()) {
      ConsumerGroupDescription description = orNull(described.get(id), limit);
      Map<TopicPartition, OffsetAndMetadata> offsets =
          orNull(committed.partitionsToOffsetAndMetadata(id), limit);
      groups.put(
          id,
          new Group(
              description == null ? 0 : description.members().size(),
              description != null && description.groupState() == GroupState.STABLE,
              lag(id, offsets == null ? Map.of() : offsets, starts, ends),
              offsets == null ? Map.of() : offsets));
    }
    return groups;
  }

  private static long lag(
      String group,
      Map<TopicPartition, OffsetAndMetadata> committed,
      Map<TopicPartition, ListOffsetsResultInfo> starts,
      Map<TopicPartition, ListOffsetsResultInfo> ends) {
    long lag = 0;
    for (var end : ends.entrySet()) {
      TopicPartition partition = end.getKey();
      ListOffsetsResultInfo start = starts.get(partition);
      if (start == null || !readBy(group, partition.topic())) {
        continue;
      }
      OffsetAndMetadata done = committed.get(partition);
      // Records that expired before they were read are not waiting any more.
      long from = done == null ? start.offset() : Math.max(done.offset(), start.offset());
      lag += Math.max(0, end.getValue().offset() - from);
    }
    return lag;
  }

  private static boolean readBy(String group, String topic) {
    return ConsumerGroups.TOPICS.getOrDefault(group, List.of()).contains(topic);
  }

  private static List<TopicPartition> partitions() {
    List<TopicPartition> partitions = new ArrayList<>();
    for (String topic :
        List.of(Topics.TICKETS, Topics.PRIORITIES, Topics.REJECTIONS, Topics.ERASURES)) {
      for (int p = 0; p < Topics.PARTITIONS; p++) {
        partitions.add(new TopicPartition(topic, p));
      }
    }
    return partitions;
  }

  private static Map<TopicPartition, ListOffsetsResultInfo> offsets(
      Admin admin, List<TopicPartition> partitions, OffsetSpec which, Duration limit)
      throws ExecutionException, InterruptedException, TimeoutException {
    Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
    partitions.forEach(partition -> asked.put(partition, which));
    return admin
        .listOffsets(asked, new ListOffsetsOptions(IsolationLevel.READ_COMMITTED))
        .all()
        .get(limit.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** A group that nobody has joined yet is an error to the broker, and no members to us. */
  private static <T> @Nullable T orNull(@Nullable KafkaFuture<T> future, Duration limit)
      throws InterruptedException, TimeoutException {
    if (future == null) {
      return null;
    }
    try {
      return future.get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      return null;
    }
  }
}
