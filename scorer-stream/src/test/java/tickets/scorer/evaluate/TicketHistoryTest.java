package tickets.scorer.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tickets.contract.Topics;
import tickets.embedded.EmbeddedKafka;
import tickets.scorer.ServiceEnvironment;
import tickets.scorer.evaluate.TicketHistory.Past;
import tickets.scorer.evaluate.TicketHistory.Since;
import tickets.scorer.labelled.UnusableData;

/** On a real broker. */
class TicketHistoryTest {
  private static final Duration LIMIT = Duration.ofSeconds(40);

  @TempDir static Path directory;

  private static EmbeddedKafka kafka;
  private static Admin admin;

  @BeforeAll
  static void publish() throws Exception {
    kafka = EmbeddedKafka.start(directory, "127.0.0.1", 0);
    admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()));
    Topics.create(admin, (short) 1, LIMIT);
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", kafka.bootstrapServers()),
            new StringSerializer(),
            new StringSerializer())) {
      for (int i = 0; i < 8; i++) {
        send(producer, Topics.TICKETS, i % 4, "t" + i, "{\"text\": \"ticket " + i + "\"}");
      }
      send(producer, Topics.TICKETS, 1, "t1", "{\"text\": \"ticket 1, second version\"}");
      send(producer, Topics.TICKETS, 2, "broken", "not JSON");
      send(producer, Topics.INTERACTIVE, 0, "i1", "{\"text\": \"of a caller that waits\"}");
      for (int partition = 0; partition < 4; partition++) {
        send(producer, Topics.ERASURES, partition, "t2", "{\"task_id\": \"t2\"}");
      }
      send(producer, Topics.TICKETS, 3, "later", "{\"text\": \"a later one\"}");
      send(producer, Topics.CORRECTIONS, 3, "t3", correction("LABEL_0", "low"));
      send(producer, Topics.CORRECTIONS, 3, "t3", correction("LABEL_2", "high"));
      send(producer, Topics.CORRECTIONS, 3, "t4", "says nothing");
    }
  }

  private static String correction(String label, String priority) {
    return "{\"task_priority\": \"%s\", \"priority\": \"%s\"}".formatted(label, priority);
  }

  private static void send(
      KafkaProducer<String, String> producer, String topic, int partition, String key, String value)
      throws Exception {
    producer.send(new ProducerRecord<>(topic, partition, key, value)).get();
  }

  @AfterAll
  static void stop() {
    admin.close();
    kafka.close();
  }

  private static TicketHistory read(Since since, int most) {
    return TicketHistory.read(environment(kafka.bootstrapServers()), since, most);
  }

  private static ServiceEnvironment environment(String servers) {
    return new ServiceEnvironment(Map.of("KAFKA_BOOTSTRAP_SERVERS", servers));
  }

  @Test
  void newestVersionsOfBothLanesAreReadAndNothingErased() {
    List<Past> tickets = read(Since.ENOUGH, 100).tickets();

    assertThat(tickets)
        .extracting(Past::id)
        .containsExactlyInAnyOrder("t0", "t1", "t3", "t4", "t5", "t6", "t7", "later", "i1");
    assertThat(tickets)
        .filteredOn(ticket -> ticket.id().equals("t1"))
        .extracting(Past::text)
        .containsExactly("ticket 1, second version");
  }

  @Test
  void correctionsAreTheLabelsAndTheLastOneHolds() {
    assertThat(read(Since.ENOUGH, 100).tickets())
        .filteredOn(ticket -> ticket.label() != null)
        .containsExactly(new Past("t3", "ticket 3", "high"));
  }

  @Test
  void readingBeginsWhereItIsTold() {
    assertThat(read(new Since(2L, null), 100).tickets())
        .extracting(Past::id)
        .containsExactlyInAnyOrder("t1", "later");
    assertThat(read(new Since(null, Instant.now().plusSeconds(60)), 100).tickets()).isEmpty();
    assertThat(read(new Since(null, Instant.now().minusSeconds(3600)), 100).tickets()).hasSize(9);
    assertThat(read(Since.ENOUGH, 3).tickets()).hasSize(3);
  }

  @Test
  void nobodyIsDisturbed() throws Exception {
    read(Since.ENOUGH, 100);

    assertThat(admin.listGroups().all().get()).isEmpty();
  }

  @Test
  void modelComparedWithItselfMovesNothingOnTheTopic() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream print = new PrintStream(out, true, StandardCharsets.UTF_8);
    String model = BundledFiles.MODEL.toString();

    int status =
        Compare.run(
            List.of(model, model, "--from", "topic", "--precision", "fp32"),
            Map.of("KAFKA_BOOTSTRAP_SERVERS", kafka.bootstrapServers()),
            print,
            print);

    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("0 of 9 tickets would get another priority")
        .contains("People's labels on 1 tickets")
        .doesNotContain("ticket 2");
    assertThat(status).isZero();
  }

  @Test
  void kafkaThatIsNotThereIsNamed() {
    assertThatThrownBy(
            () -> TicketHistory.read(environment("no-such-host.invalid:9092"), Since.ENOUGH, 1))
        .isInstanceOf(UnusableData.class)
        .hasMessageContaining("no-such-host.invalid:9092");
  }

  @Test
  void timesComeInThreeForms() {
    Instant now = Instant.parse("2026-11-26T12:00:00Z");
    assertThat(Since.parse("17", now)).isEqualTo(new Since(17L, null));
    assertThat(Since.parse("PT6H", now))
        .isEqualTo(new Since(null, Instant.parse("2026-11-26T06:00:00Z")));
    assertThat(Since.parse("2026-11-25T00:00:00Z", now))
        .isEqualTo(new Since(null, Instant.parse("2026-11-25T00:00:00Z")));
  }
}
