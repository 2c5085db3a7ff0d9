package tickets.scorer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.streams.StreamsConfig;
import org.junit.jupiter.api.Test;
import tickets.contract.Lane;
import tickets.scorer.batch.BatchLimits;

class StreamsSettingsTest {

  private static final String MAX_POLL_INTERVAL = ConsumerConfig.MAX_POLL_INTERVAL_MS_CONFIG;
  private static final int PATIENT = (int) PatientConsumer.MAX_POLL_INTERVAL.toMillis();

  private final Map<String, Object> ofKafkaStreams =
      consumerOf(new StreamsConfig(StreamsSettings.of(Lane.TICKETS, TestScorer.properties(), 1)));

  private static Map<String, Object> consumerOf(StreamsConfig settings) {
    return settings.getMainConsumerConfigs("group", "client", 1);
  }

  @Test
  void kafkaStreamsPollsWithinTheSession() {
    int untilItPolls = (int) ofKafkaStreams.get(MAX_POLL_INTERVAL) / 2;
    int session = (int) ofKafkaStreams.get(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG);

    assertThat(untilItPolls + BatchLimits.LONGEST_FLUSH.toMillis())
        .isLessThanOrEqualTo(session * 3 / 4);
  }

  @Test
  void theGroupIsMorePatientWithItsConsumer() {
    Map<String, Object> patient = PatientConsumer.ofThePatient(ofKafkaStreams);

    assertThat(patient).containsEntry(MAX_POLL_INTERVAL, PATIENT);
    // As the group's leader reads them, to create changelogs.
    assertThat(consumerOf(new StreamsConfig(patient))).containsEntry(MAX_POLL_INTERVAL, PATIENT);
  }
}
