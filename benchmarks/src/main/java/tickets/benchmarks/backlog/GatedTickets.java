package tickets.benchmarks.backlog;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import tickets.benchmarks.Texts;
import tickets.contract.EventJson;
import tickets.contract.Topics;

/**
 * Puts tickets on the topic behind a gate: in one transaction, so that scorers that are running and
 * warm see none of them until all are there.
 */
final class GatedTickets implements AutoCloseable {

  /** Of a text in UTF-8. */
  static final int TEXT_BYTES = 200;

  private static final String IDS = "s-";
  private static final int VARIANTS = 1_000;

  /** As brokers allow by default. */
  private static final Duration LONGEST = Duration.ofMinutes(15);

  private final KafkaProducer<String, byte[]> producer;
  private final byte[][] beginnings = new byte[VARIANTS][];
  private int published;

  GatedTickets(Texts texts, String servers) {
    for (int i = 0; i < VARIANTS; i++) {
      beginnings[i] = beginning(texts.distinct(i));
    }
    producer =
        new KafkaProducer<>(
            Map.of(
                "bootstrap.servers",
                servers,
                "transactional.id",
                "stub-backlog",
                "transaction.timeout.ms",
                (int) LONGEST.toMillis(),
                // As a system that publishes much sets it.
                "compression.type",
                "lz4",
                "linger.ms",
                20,
                "batch.size",
                128 * 1024),
            new StringSerializer(),
            new ByteArraySerializer());
    producer.initTransactions();
  }

  /** A real text's first bytes, no character cut in two, with room left for a number. */
  private static byte[] beginning(String text) {
    byte[] bytes = text.replaceAll("\\s+", " ").repeat(20).getBytes(StandardCharsets.UTF_8);
    int length = TEXT_BYTES - number(0).length();
    int end = length;
    while ((bytes[end] & 0xC0) == 0x80) {
      end--;
    }
    byte[] cut = Arrays.copyOf(bytes, length);
    Arrays.fill(cut, end, length, (byte) '.');
    return cut;
  }

  private static String number(int number) {
    return String.format("#%08d", number);
  }

  static String id(int number) {
    return IDS + number;
  }

  /** The number of an id; -1 for one that is not of here. */
  static int numberOf(String id) {
    return id.startsWith(IDS) ? Integer.parseInt(id.substring(IDS.length())) : -1;
  }

  /** How many there are in all; they are numbered from 0. */
  int published() {
    return published;
  }

  /**
   * Sends so many, which nobody sees before {@link #open}.
   *
   * @return the first offset behind them in each partition
   */
  Map<TopicPartition, Long> send(int tickets) {
    producer.beginTransaction();
    Map<TopicPartition, Long> behind = new HashMap<>();
    AtomicReference<@Nullable Exception> refused = new AtomicReference<>();
    for (int i = 0; i < tickets; i++) {
      int number = published++;
      String text =
          new String(beginnings[number % VARIANTS], StandardCharsets.UTF_8) + number(number);
      producer.send(
          new ProducerRecord<>(
              Topics.TICKETS, id(number), EventJson.write(Map.of("text", text, "source", "stub"))),
          (at, failure) -> {
            if (failure != null) {
              refused.compareAndSet(null, failure);
              return;
            }
            synchronized (behind) {
              behind.merge(
                  new TopicPartition(at.topic(), at.partition()), at.offset() + 1, Math::max);
            }
          });
    }
    producer.flush();
    Exception failure = refused.get();
    if (failure != null) {
      throw new IllegalStateException("Kafka did not take all tickets", failure);
    }
    synchronized (behind) {
      return new HashMap<>(behind);
    }
  }

  /** Lets them all be seen. */
  void open() {
    producer.commitTransaction();
  }

  @Override
  public void close() {
    producer.close();
  }
}
