package tickets.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;

class TopicRetentionTest {

  private static final Instant NOW = Instant.parse("2026-11-25T10:00:00Z");

  @Test
  void everyRecordIsGoneByTheTimeThatIsPromised() {
    // A file is deleted once its newest record is too old: its oldest one waits a segment longer.
    assertThat(TopicRetention.DEFAULT.forgottenBy(NOW))
        .isEqualTo(NOW.plus(Duration.ofDays(31)).plus(Duration.ofHours(1)));
    assertThat(new TopicRetention(Duration.ofHours(1)).forgottenBy(NOW))
        .isEqualTo(NOW.plus(Duration.ofHours(3)));
  }

  @Test
  void anErasureOutlivesWhatItIsAbout() {
    for (Duration time : new Duration[] {Duration.ofHours(1), Duration.ofDays(400)}) {
      TopicRetention retention = new TopicRetention(time);
      assertThat(NOW.plus(retention.erasures())).isAfter(retention.forgottenBy(NOW));
    }
  }

  @Test
  void lessThanAnHourIsRefused() {
    assertThatThrownBy(() -> new TopicRetention(Duration.ofMinutes(59)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void topicsAreMadeWithIt() {
    Map<String, Map<String, String>> topics =
        Topics.all((short) 1, new TopicRetention(Duration.ofDays(2))).stream()
            .collect(java.util.stream.Collectors.toMap(NewTopic::name, NewTopic::configs));
    assertThat(topics.get(Topics.TICKETS))
        .containsEntry("retention.ms", "172800000")
        .containsEntry("segment.ms", "86400000")
        .containsEntry("cleanup.policy", "delete")
        .containsEntry("message.timestamp.type", "LogAppendTime");
    assertThat(topics.get(Topics.PRIORITIES))
        .containsEntry("retention.ms", "172800000")
        .containsEntry("cleanup.policy", "compact,delete")
        .containsEntry("max.compaction.lag.ms", "86400000")
        .doesNotContainKey("message.timestamp.type");
    assertThat(topics.get(Topics.ERASURES))
        .containsEntry("retention.ms", "950400000")
        .containsEntry("cleanup.policy", "compact,delete")
        .containsEntry("message.timestamp.type", "LogAppendTime");
    assertThat(topics.get(Topics.EXPLANATION_REQUESTS))
        .as("customers' words, of no use to anybody after a minute")
        .containsEntry("retention.ms", "3600000")
        .containsEntry("segment.ms", "600000")
        .containsEntry("cleanup.policy", "delete")
        .containsEntry("message.timestamp.type", "LogAppendTime");
    assertThat(topics.get(Topics.CORRECTIONS))
        .as("every word of people, not only the last")
        .containsEntry("retention.ms", "172800000")
        .containsEntry("cleanup.policy", "delete")
        .containsEntry("message.timestamp.type", "LogAppendTime");
    assertThat(topics.get(Topics.SHADOW))
        .containsEntry("retention.ms", "172800000")
        .containsEntry("cleanup.policy", "compact,delete");
    assertThat(topics.get(Topics.STATUS))
        .containsEntry("retention.ms", "3600000")
        .containsEntry("segment.ms", "3600000")
        .containsEntry("cleanup.policy", "compact,delete");
  }

  @Test
  void theNewestCommandStaysForEver() {
    Map<String, Map<String, String>> topics =
        Topics.all((short) 1, TopicRetention.DEFAULT).stream()
            .collect(java.util.stream.Collectors.toMap(NewTopic::name, NewTopic::configs));
    assertThat(topics.get(Topics.COMMANDS))
        .containsEntry("cleanup.policy", "compact")
        .doesNotContainKey("retention.ms");
  }
}
