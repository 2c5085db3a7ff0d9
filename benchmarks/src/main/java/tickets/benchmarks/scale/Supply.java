package tickets.benchmarks.scale;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import tickets.benchmarks.GroupOffsets;
import tickets.contract.ConsumerGroups;
import tickets.contract.EventJson;
import tickets.contract.Topics;

/**
 * Keeps partitions of {@code tickets} full. Each gets the same texts in the same order, beginning
 * at another place: so no scorer has the longer ones, and no batch the same text twice.
 */
final class Supply implements AutoCloseable {

  private static final String IDS = "scale-";
  private static final long POLL_MILLIS = 250;

  private final KafkaProducer<String, byte[]> producer;
  private final GroupOffsets offsets;
  private final List<String> texts;
  private final long[] published = new long[Topics.PARTITIONS];
  private int number;

  Supply(String servers, GroupOffsets offsets, List<String> texts) {
    this.offsets = offsets;
    this.texts = texts;
    producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", servers, "linger.ms", 20, "batch.size", 256 * 1024),
            new StringSerializer(),
            new ByteArraySerializer());
  }

  /** The number of an id, from 0. */
  static int numberOf(String id) {
    return Integer.parseInt(id.substring(IDS.length()));
  }

  /** How many there are in all. */
  int published() {
    return number;
  }

  /** Sees to it that each of the first so many partitions has so many left; the broker has them. */
  void keep(int partitions, long least)
      throws ExecutionException, InterruptedException, TimeoutException {
    long[] left = left();
    for (int partition = 0; partition < partitions; partition++) {
      for (long n = left[partition]; n < least; n++) {
        publish(partition);
      }
    }
    producer.flush();
  }

  private void publish(int partition) {
    long its = published[partition]++;
    long at = its + (long) partition * texts.size() / Topics.PARTITIONS;
    String text = texts.get((int) (at % texts.size()));
    producer.send(
        new ProducerRecord<>(
            Topics.TICKETS, partition, IDS + number++, EventJson.write(Map.of("text", text))));
  }

  /** How many of each partition are not scored yet. */
  long[] left() throws ExecutionException, InterruptedException, TimeoutException {
    long[] left = scored();
    Arrays.setAll(left, partition -> published[partition] - left[partition]);
    return left;
  }

  /** How many of each partition are scored, and committed. */
  long[] scored() throws ExecutionException, InterruptedException, TimeoutException {
    Map<TopicPartition, Long> committed =
        offsets
            .committed(List.of(ConsumerGroups.SCORER))
            .getOrDefault(ConsumerGroups.SCORER, Map.of());
    long[] scored = new long[Topics.PARTITIONS];
    Arrays.setAll(
        scored,
        partition -> committed.getOrDefault(new TopicPartition(Topics.TICKETS, partition), 0L));
    return scored;
  }

  /**
   * Waits until all are scored.
   *
   * @throws IllegalStateException if that takes too long
   */
  void awaitEmpty(int mostSeconds)
      throws ExecutionException, InterruptedException, TimeoutException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(mostSeconds);
    while (Arrays.stream(left()).anyMatch(left -> left > 0)) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException(
            "After " + mostSeconds + " s there are left: " + Arrays.toString(left()));
      }
      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
    }
  }

  @Override
  public void close() {
    producer.close();
  }
}
