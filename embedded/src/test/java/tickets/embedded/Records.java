package tickets.embedded;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.awaitility.Awaitility;

/** Records in and out of a one-partition topic, in transactions and by a consumer group. */
final class Records {
  private static final TopicPartition PARTITION = new TopicPartition("tickets", 0);
  private static final String GROUP = "readers";

  private Records() {}

  static void createTopic(String bootstrapServers) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers))) {
      admin
          .createTopics(List.of(new NewTopic(PARTITION.topic(), 1, (short) 1)))
          .all()
          .get(30, TimeUnit.SECONDS);
      // Right after creation the leader may be unknown still.
      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .ignoreExceptionsMatching(failure -> failure instanceof ExecutionException)
          .until(
              () ->
                  admin
                          .listOffsets(Map.of(PARTITION, OffsetSpec.latest()))
                          .all()
                          .get(10, TimeUnit.SECONDS)
                          .size()
                      == 1);
    }
  }

  /** One transaction. */
  static void write(String bootstrapServers, boolean commit, String... values) {
    Map<String, Object> settings =
        Map.of(
            "bootstrap.servers",
            bootstrapServers,
            "transactional.id",
            "writer",
            "max.block.ms",
            30_000);
    try (var producer =
        new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
      producer.initTransactions();
      producer.beginTransaction();
      for (String value : values) {
        producer.send(new ProducerRecord<>(PARTITION.topic(), value));
      }
      producer.flush();
      if (commit) {
        producer.commitTransaction();
      } else {
        producer.abortTransaction();
      }
    }
  }

  /**
   * Committed records from the group's place on, at most {@code max}; the place is then behind
   * them.
   */
  static List<String> read(String bootstrapServers, int max) {
    Map<String, Object> settings =
        Map.of(
            "bootstrap.servers",
            bootstrapServers,
            "group.id",
            GROUP,
            "enable.auto.commit",
            false,
            "auto.offset.reset",
            "earliest",
            "isolation.level",
            "read_committed",
            "max.poll.records",
            max);
    try (var consumer =
        new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
      consumer.assign(List.of(PARTITION));
      List<ConsumerRecord<String, String>> read = new ArrayList<>();
      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .until(
              () -> {
                consumer.poll(Duration.ofMillis(200)).forEach(read::add);
                return !read.isEmpty();
              });
      ConsumerRecord<String, String> last = read.get(read.size() - 1);
      consumer.commitSync(Map.of(PARTITION, new OffsetAndMetadata(last.offset() + 1)));
      return read.stream().map(ConsumerRecord::value).toList();
    }
  }
}
