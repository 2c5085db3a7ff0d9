package tickets.scorer;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.context.ConfigurableApplicationContext;
import tickets.contract.EventJson;
import tickets.contract.ScoredTicket;
import tickets.contract.ScorerStatus;
import tickets.contract.Topics;

/** A second model beside the first; with the real model and broker. */
class ShadowScoringTest {

  private static final int TICKETS = 40;

  @TempDir static Path directory;
  private static SwitchingBroker broker;

  @TempDir Path state;

  @BeforeAll
  static void startBroker() throws IOException {
    broker = new SwitchingBroker(directory);
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  private static void publish(String name, int tickets) {
    broker
        .kafka()
        .publish(
            IntStream.range(0, tickets)
                .mapToObj(
                    i ->
                        TestKafka.ticket(
                            i % Topics.PARTITIONS, name + "-" + i, "Cannot log in, case " + i))
                .toList());
  }

  private ConfigurableApplicationContext start(Path shadow, String... more) {
    List<String> arguments = new ArrayList<>(List.of(more));
    arguments.add("--scorer.shadow-model-path=" + shadow);
    return broker.start(state, arguments.toArray(String[]::new));
  }

  /** The group begins where the topics end: until it has its partitions there is nothing to see. */
  private static void awaitAtWork(String name) {
    broker.awaitStatus(status -> status.shadow() != null);
    List<Integer> tries = new ArrayList<>();
    Awaitility.await("the shadow scores")
        .atMost(SwitchingBroker.LIMIT)
        .pollInterval(Duration.ofSeconds(1))
        .until(
            () -> {
              tries.add(1);
              String probe = name + "-probe-" + tries.size();
              publish(probe, Topics.PARTITIONS);
              return !shadows(probe).isEmpty();
            });
  }

  /** What stands on the topic of tickets whose names begin so. */
  private static Map<String, ScoredTicket> shadows(String name) throws IOException {
    Map<String, ScoredTicket> shadows = new HashMap<>();
    try (KafkaConsumer<byte[], byte[]> reader =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", broker.kafka().servers(), "auto.offset.reset", "earliest"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          IntStream.range(0, Topics.PARTITIONS)
              .mapToObj(partition -> new TopicPartition(Topics.SHADOW, partition))
              .toList();
      reader.assign(partitions);
      Map<TopicPartition, Long> ends = reader.endOffsets(partitions);
      while (ends.entrySet().stream()
          .anyMatch(end -> reader.position(end.getKey()) < end.getValue())) {
        for (ConsumerRecord<byte[], byte[]> record : reader.poll(Duration.ofMillis(200))) {
          String id = new String(record.key(), StandardCharsets.UTF_8);
          if (id.startsWith(name + "-")) {
            assertThat(record.headers()).isEmpty();
            shadows.put(id, EventJson.readScored(record.value()));
          }
        }
      }
    }
    return shadows;
  }

  @Test
  void theSecondModelScoresTheSameTicketsOnATopicOfItsOwn() throws IOException {
    try (ConfigurableApplicationContext app = start(broker.models().resolve("second"))) {
      awaitAtWork("both");
      publish("both", TICKETS);

      List<TestKafka.Arrival> arrivals =
          broker
              .kafka()
              .awaitOutcomes(
                  TICKETS, outcome -> outcome.taskId().matches("both-\\d+"), SwitchingBroker.LIMIT);
      Awaitility.await("all shadows")
          .atMost(SwitchingBroker.LIMIT)
          .until(
              () ->
                  shadows("both").keySet().stream().filter(id -> id.matches("both-\\d+")).count()
                      == TICKETS);

      Map<String, ScoredTicket> shadows = shadows("both");
      for (TestKafka.Arrival arrival : arrivals) {
        ScoredTicket first = (ScoredTicket) arrival.outcome();
        ScoredTicket shadow = shadows.get(first.taskId());
        assertThat(first.model().version()).isEqualTo("1.0.0");
        assertThat(shadow.model().version()).isEqualTo("2.0.0");
        assertThat(shadow.model().digest()).isNotEqualTo(first.model().digest());
        assertThat(shadow.taskPriority()).isEqualTo(first.taskPriority());
        assertThat(shadow.sourceOffset()).isEqualTo(first.sourceOffset());
        assertThat(shadow.text()).isNull();
        assertThat(shadow.textSha256()).isNull();
        assertThat(first.text()).isNotNull();
      }
      assertThat(count(app, "scored")).isGreaterThanOrEqualTo(TICKETS);
      assertThat(count(app, "skipped")).isZero();
    }
  }

  @Test
  void whatIsTooFarBehindIsSkippedAndCounted() throws IOException {
    try (ConfigurableApplicationContext app =
        start(broker.models().resolve("second"), "--scorer.shadow-max-lag=1")) {
      awaitAtWork("skips");
      publish("skips", 400);

      broker
          .kafka()
          .awaitOutcomes(
              400, outcome -> outcome.taskId().matches("skips-\\d+"), SwitchingBroker.LIMIT);
      Awaitility.await("it skips")
          .atMost(SwitchingBroker.LIMIT)
          .until(() -> count(app, "skipped") > 0);
      awaitAtWork("skips-on");
      assertThat(shadows("skips").keySet().stream().filter(id -> id.matches("skips-\\d+")))
          .hasSizeLessThan(400);
    }
  }

  @Test
  void aShadowThatCantBeLoadedHurtsNobody() {
    try (ConfigurableApplicationContext app = start(broker.models().resolve("no-such-model"))) {
      publish("dead", TICKETS);

      assertThat(
              broker
                  .kafka()
                  .awaitOutcomes(
                      TICKETS,
                      outcome -> outcome.taskId().startsWith("dead-"),
                      SwitchingBroker.LIMIT))
          .extracting(TestKafka.Arrival::outcome)
          .hasOnlyElementsOfType(ScoredTicket.class);
      Awaitility.await("up")
          .atMost(SwitchingBroker.LIMIT)
          .until(() -> app.getBean(ScorerHealth.class).health().getStatus().getCode().equals("UP"));
      ScorerStatus status = broker.awaitStatus(any -> true);
      assertThat(status.shadow()).isNull();
      assertThat(status.state()).isEqualTo(ScorerStatus.State.SERVING);
    }
  }

  private static double count(ConfigurableApplicationContext app, String outcome) {
    return app.getBean(MeterRegistry.class)
        .get("scorer.shadow.tickets")
        .tag("outcome", outcome)
        .counter()
        .count();
  }
}
