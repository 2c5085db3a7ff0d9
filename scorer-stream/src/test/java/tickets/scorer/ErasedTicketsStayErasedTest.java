package tickets.scorer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import tickets.contract.ConsumerGroups;
import tickets.contract.Erasure;
import tickets.contract.EventJson;
import tickets.contract.ScoredTicket;
import tickets.contract.Topics;

/**
 * What was erased does not come back, on a real broker: not even when a scorer that knows nothing
 * reads all topics again from their beginning, where each ticket stands before its erasure.
 */
class ErasedTicketsStayErasedTest {

  private static final int TICKETS = 300;
  private static final String SECRET = "my secret is ";

  @RegisterExtension static final TestKafka kafka = new TestKafka();

  @TempDir Path state;

  @Test
  void afterTheirErasureTicketsAreReplacedAndAReplayFromNothingBringsNoTextBack() throws Exception {
    List<String> ids = IntStream.range(0, TICKETS).mapToObj(i -> "erased-" + i).toList();
    List<ProducerRecord<byte[], byte[]>> tickets = new ArrayList<>();
    for (int i = 0; i < TICKETS; i++) {
      // On any partition, as by a ticket system with a partitioner of its own.
      tickets.add(TestKafka.ticket(i % Topics.PARTITIONS, ids.get(i), SECRET + i));
    }
    try (TestScorer scorer = scorer().awaitRunning();
        KafkaConsumer<byte[], byte[]> results = reader()) {
      seekToEnd(results);
      kafka.publish(tickets);
      List<ConsumerRecord<byte[], byte[]>> before = readUntil(results, TICKETS);
      assertThat(before).allSatisfy(record -> assertThat(text(record)).contains(SECRET));

      kafka.publish(erasures(ids));
      // Each partition's task puts its own, after whatever it let out before.
      List<ConsumerRecord<byte[], byte[]>> after = readUntil(results, TICKETS * Topics.PARTITIONS);
      assertThat(after).allSatisfy(record -> assertThat(record.value()).isNull());

      kafka.publish(List.of(TestKafka.ticket(0, ids.get(0), "a new version")));
      assertThat(scored(readUntil(results, 1).get(0)).text()).isEqualTo("a new version");
      assertThat(scorer.running().lastFailure()).isNull();
    }

    forgetEverything();
    try (TestScorer scorer = scorer();
        KafkaConsumer<byte[], byte[]> results = reader()) {
      seekToEnd(results);
      scorer.awaitRunning();
      List<ConsumerRecord<byte[], byte[]>> again = new ArrayList<>();
      Awaitility.await("all tickets are scored again")
          .atMost(TestKafka.LIMIT)
          .until(
              () -> {
                results.poll(Duration.ofMillis(100)).forEach(again::add);
                return again.stream()
                        .filter(record -> record.value() != null && ids.contains(key(record)))
                        .count()
                    > TICKETS;
              });
      assertThat(again).noneSatisfy(record -> assertThat(text(record)).contains(SECRET));
      assertThat(again.stream().filter(r -> r.value() != null && ids.contains(key(r))))
          .extracting(ErasedTicketsStayErasedTest::scored)
          .filteredOn(ticket -> !"a new version".equals(ticket.text()))
          .hasSize(TICKETS)
          .allSatisfy(
              ticket -> {
                assertThat(ticket.text()).isNull();
                assertThat(ticket.textSha256()).isNull();
                assertThat(ticket.erasedAt()).isNotNull();
                assertThat(ticket.priority()).isNotEmpty();
              });
    }
  }

  private TestScorer scorer() {
    return TestScorer.start(kafka.servers(), state, new StubEngine(), 16, Duration.ofMillis(5));
  }

  /** As ingest-api publishes them: on every partition. */
  private static List<ProducerRecord<byte[], byte[]>> erasures(List<String> ids) {
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (String id : ids) {
      byte[] value = EventJson.write(new Erasure(id, Instant.now(), null, null));
      for (int partition = 0; partition < Topics.PARTITIONS; partition++) {
        records.add(
            new ProducerRecord<>(
                Topics.ERASURES, partition, id.getBytes(StandardCharsets.UTF_8), value));
      }
    }
    return records;
  }

  /** Offsets and stores, as kafka-streams-application-reset does. */
  private static void forgetEverything() throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.servers()))) {
      Awaitility.await("the group is empty")
          .atMost(TestKafka.LIMIT)
          .ignoreExceptions()
          .until(
              () -> {
                admin.deleteConsumerGroups(List.of(ConsumerGroups.SCORER)).all().get();
                return true;
              });
      admin
          .deleteTopics(
              admin.listTopics().names().get().stream()
                  .filter(topic -> topic.endsWith("-changelog"))
                  .toList())
          .all()
          .get();
    }
  }

  private static KafkaConsumer<byte[], byte[]> reader() {
    KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", kafka.servers(), "isolation.level", "read_committed"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    consumer.assign(
        IntStream.range(0, Topics.PARTITIONS)
            .mapToObj(partition -> new TopicPartition(Topics.PRIORITIES, partition))
            .toList());
    return consumer;
  }

  private static void seekToEnd(KafkaConsumer<byte[], byte[]> consumer) {
    consumer.seekToEnd(consumer.assignment());
    consumer.assignment().forEach(consumer::position);
  }

  private static List<ConsumerRecord<byte[], byte[]>> readUntil(
      KafkaConsumer<byte[], byte[]> consumer, int count) {
    List<ConsumerRecord<byte[], byte[]>> read = new ArrayList<>();
    Awaitility.await(count + " records")
        .atMost(TestKafka.LIMIT)
        .until(
            () -> {
              consumer.poll(Duration.ofMillis(100)).forEach(read::add);
              return read.size() >= count;
            });
    assertThat(read).hasSize(count);
    return read;
  }

  private static String key(ConsumerRecord<byte[], byte[]> record) {
    return new String(record.key(), StandardCharsets.UTF_8);
  }

  private static String text(ConsumerRecord<byte[], byte[]> record) {
    return record.value() == null ? "" : new String(record.value(), StandardCharsets.UTF_8);
  }

  private static ScoredTicket scored(ConsumerRecord<byte[], byte[]> record) {
    try {
      return EventJson.readScored(record.value());
    } catch (java.io.IOException e) {
      throw new AssertionError(e);
    }
  }
}
