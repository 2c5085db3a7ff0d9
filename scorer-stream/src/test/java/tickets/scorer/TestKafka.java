package tickets.scorer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.function.Predicate;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import tickets.contract.ConsumerGroups;
import tickets.contract.EventJson;
import tickets.contract.Outcome;
import tickets.contract.Topics;
import tickets.embedded.EmbeddedKafka;

/**
 * One real broker for all test classes of a run, with the topics, and what a ticket system and a
 * reader of outcomes do. Tests share the topics, and so tell their tickets by ids of their own.
 */
final class TestKafka implements BeforeAllCallback {

  static final Duration LIMIT = Duration.ofSeconds(40);

  private @Nullable String servers;

  /** For a broker that is there already. */
  static TestKafka at(String bootstrapServers) {
    TestKafka kafka = new TestKafka();
    kafka.use(bootstrapServers);
    return kafka;
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    Broker broker =
        context
            .getRoot()
            .getStore(ExtensionContext.Namespace.create(TestKafka.class))
            .computeIfAbsent(Broker.class, key -> new Broker(), Broker.class);
    use(broker.kafka.bootstrapServers());
  }

  private void use(String bootstrapServers) {
    servers = bootstrapServers;
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers))) {
      Topics.create(admin, (short) 1, LIMIT);
    }
  }

  /** Closed by JUnit after the last test class. */
  private static final class Broker implements AutoCloseable {
    final EmbeddedKafka kafka;

    Broker() {
      try {
        kafka = EmbeddedKafka.start(Files.createTempDirectory("scorer-kafka"), "127.0.0.1", 0);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void close() {
      kafka.close();
    }
  }

  String servers() {
    if (servers == null) {
      throw new IllegalStateException("No test class has begun");
    }
    return servers;
  }

  /** A ticket on a partition of the test's choice, whose key is its id. */
  static ProducerRecord<byte[], byte[]> ticket(int partition, String id, String text) {
    return raw(partition, id, EventJson.write(Map.of("text", text)));
  }

  static ProducerRecord<byte[], byte[]> raw(
      int partition, @Nullable String key, byte @Nullable [] value) {
    return new ProducerRecord<>(
        Topics.TICKETS,
        partition,
        key == null ? null : key.getBytes(StandardCharsets.UTF_8),
        value,
        new RecordHeaders());
  }

  /** Publishes all in one go, in this order; returns where each one stands. */
  List<RecordMetadata> publish(List<ProducerRecord<byte[], byte[]>> records) {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", servers(), "linger.ms", 50),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      var acknowledged = records.stream().map(producer::send).toList();
      producer.flush();
      List<RecordMetadata> positions = new ArrayList<>();
      for (var one : acknowledged) {
        positions.add(one.get());
      }
      return positions;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Waits until the scorer has committed this record of {@code tickets} as read. */
  void awaitConsumed(int partition, long offset) {
    TopicPartition tickets = new TopicPartition(Topics.TICKETS, partition);
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", servers()))) {
      Awaitility.await("the record is read")
          .atMost(LIMIT)
          .until(
              () -> {
                var committed =
                    admin
                        .listConsumerGroupOffsets(ConsumerGroups.SCORER)
                        .partitionsToOffsetAndMetadata()
                        .get()
                        .get(tickets);
                return committed != null && committed.offset() > offset;
              });
    }
  }

  /** A committed outcome as it stands on its topic. */
  record Arrival(Outcome outcome, ConsumerRecord<byte[], byte[]> record) {}

  /**
   * Reads committed outcomes until there are {@code count} of the wanted ones, then on for a
   * second, in which no further one may come.
   */
  List<Arrival> awaitOutcomes(int count, Predicate<Outcome> wanted) {
    return awaitOutcomes(count, wanted, LIMIT);
  }

  List<Arrival> awaitOutcomes(int count, Predicate<Outcome> wanted, Duration limit) {
    try (KafkaConsumer<byte[], byte[]> consumer = reader()) {
      List<Arrival> arrivals = new ArrayList<>();
      Awaitility.await(count + " outcomes")
          .atMost(limit)
          .pollInterval(Duration.ofMillis(1))
          .untilAsserted(
              () -> {
                read(consumer, Duration.ofMillis(200), wanted, arrivals);
                if (arrivals.size() < count) {
                  throw new AssertionError("only " + ids(arrivals));
                }
              });
      read(consumer, Duration.ofSeconds(1), wanted, arrivals);
      if (arrivals.size() != count) {
        throw new AssertionError("more than " + count + ": " + ids(arrivals));
      }
      return arrivals;
    }
  }

  /** Reads committed outcomes until there are {@code count} of the wanted ones. */
  void awaitOutcomesAtLeast(int count, Predicate<Outcome> wanted, Duration limit) {
    try (KafkaConsumer<byte[], byte[]> consumer = reader()) {
      List<Arrival> arrivals = new ArrayList<>();
      Awaitility.await(count + " outcomes")
          .atMost(limit)
          .pollInterval(Duration.ofMillis(1))
          .until(
              () -> {
                read(consumer, Duration.ofMillis(200), wanted, arrivals);
                return arrivals.size() >= count;
              });
    }
  }

  private static List<String> ids(List<Arrival> arrivals) {
    return arrivals.stream().map(arrival -> arrival.outcome().taskId()).toList();
  }

  private static void read(
      KafkaConsumer<byte[], byte[]> consumer,
      Duration wait,
      Predicate<Outcome> wanted,
      List<Arrival> arrivals) {
    for (ConsumerRecord<byte[], byte[]> record : consumer.poll(wait)) {
      if (record.value() == null) {
        continue; // the tombstone of an erased ticket
      }
      Outcome outcome = outcome(record.value());
      if (wanted.test(outcome)) {
        arrivals.add(new Arrival(outcome, record));
      }
    }
  }

  private static Outcome outcome(byte[] json) {
    try {
      return EventJson.readOutcome(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private KafkaConsumer<byte[], byte[]> reader() {
    Map<String, Object> settings = new HashMap<>();
    settings.put("bootstrap.servers", servers());
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    List<TopicPartition> partitions = new ArrayList<>();
    for (int partition = 0; partition < Topics.PARTITIONS; partition++) {
      partitions.add(new TopicPartition(Topics.PRIORITIES, partition));
      partitions.add(new TopicPartition(Topics.REJECTIONS, partition));
    }
    consumer.assign(partitions);
    return consumer;
  }
}
