package tickets.scorer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.streams.KafkaStreams;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tickets.contract.Topics;

/** {@link BusyScorerGivesUpPartitionsTest} shows what it is for. */
class PatientConsumerTest {

  @RegisterExtension static final TestKafka kafka = new TestKafka();

  private static final Duration LONG = Duration.ofMinutes(5);
  private static final String FOLLOW_UP = "triggered followup rebalance scheduled for 0";

  @Test
  void followUpIsLeftToOthersAndEverythingElseAskedForAtOnce() {
    try (PatientConsumer consumer = joined(LONG)) {
      int generation = generation(consumer);
      consumer.enforceRebalance(FOLLOW_UP);
      for (int i = 0; i < 20; i++) {
        consumer.poll(Duration.ofMillis(50));
      }
      assertThat(generation(consumer)).isEqualTo(generation);

      consumer.enforceRebalance("Active tasks corrupted");
      awaitGeneration(consumer, generation + 1);
    }
  }

  @Test
  void followUpThatNobodyElseAsksForIsAskedForInTheEnd() {
    try (PatientConsumer consumer = joined(Duration.ofMillis(500))) {
      int generation = generation(consumer);
      consumer.enforceRebalance(FOLLOW_UP);
      awaitGeneration(consumer, generation + 1);
    }
  }

  /** Otherwise it would go unnoticed that nothing is held back any more. */
  @Test
  void kafkaStreamsStillNamesItsReasonLikeThat() throws Exception {
    try (InputStream streamThread =
        KafkaStreams.class.getResourceAsStream("processor/internals/StreamThread.class")) {
      assertThat(streamThread).isNotNull();
      assertThat(new String(streamThread.readAllBytes(), StandardCharsets.ISO_8859_1))
          .contains(PatientConsumer.FOLLOW_UP);
    }
  }

  private static PatientConsumer joined(Duration patience) {
    PatientConsumer consumer =
        new PatientConsumer(
            Map.of(
                "bootstrap.servers", kafka.servers(), "group.id", "patient-" + UUID.randomUUID()),
            patience);
    consumer.subscribe(List.of(Topics.TICKETS));
    awaitGeneration(consumer, 1);
    return consumer;
  }

  private static void awaitGeneration(PatientConsumer consumer, int generation) {
    Awaitility.await("generation " + generation)
        .atMost(TestKafka.LIMIT)
        .pollInSameThread()
        .until(
            () -> {
              consumer.poll(Duration.ofMillis(50));
              return generation(consumer) == generation;
            });
  }

  private static int generation(PatientConsumer consumer) {
    return consumer.groupMetadata().generationId();
  }
}
