package tickets.benchmarks;

import java.time.Duration;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import tickets.contract.Topics;

/**
 * Which outcomes stand in the topics, as readers of what is committed see them.
 *
 * @param priorities tickets with a priority
 * @param doubled priorities of tickets that have one already
 * @param rejections records on the other topic
 * @param behind the first offset behind the last priority in each partition
 */
public record OutcomeCount(
    int priorities, int doubled, int rejections, Map<TopicPartition, Long> behind) {

  /**
   * @param numberOf the number of an id, 0 or more, in whatever way the run has numbered its
   *     tickets
   */
  public static OutcomeCount of(
      String servers, GroupOffsets offsets, ToIntFunction<String> numberOf) throws Exception {
    BitSet seen = new BitSet();
    int doubled = 0;
    int rejections = 0;
    Map<TopicPartition, Long> behind = new HashMap<>();
    Map<TopicPartition, Long> ends = offsets.ends(List.of(Topics.PRIORITIES, Topics.REJECTIONS));
    try (KafkaConsumer<String, byte[]> consumer =
        new KafkaConsumer<>(
            Map.of(
                "bootstrap.servers",
                servers,
                "isolation.level",
                "read_committed",
                "max.poll.records",
                10_000),
            new StringDeserializer(),
            new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          IntStream.range(0, Topics.PARTITIONS)
              .boxed()
              .flatMap(
                  p ->
                      List.of(
                          new TopicPartition(Topics.PRIORITIES, p),
                          new TopicPartition(Topics.REJECTIONS, p))
                          .stream())
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      while (ends.entrySet().stream()
          .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
        for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
          if (record.topic().equals(Topics.REJECTIONS)) {
            rejections++;
            continue;
          }
          int number = numberOf.applyAsInt(record.key());
          if (seen.get(number)) {
            doubled++;
          }
          seen.set(number);
          behind.put(new TopicPartition(record.topic(), record.partition()), record.offset() + 1);
        }
      }
    }
    return new OutcomeCount(seen.cardinality(), doubled, rejections, behind);
  }

  /** Of so many tickets. */
  public int lost(int tickets) {
    return tickets - priorities;
  }
}
