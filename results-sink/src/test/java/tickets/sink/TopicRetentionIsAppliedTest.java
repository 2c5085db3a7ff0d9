package tickets.sink;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tickets.contract.TopicRetention;
import tickets.contract.Topics;

/** What is set is what a topic does, whoever made it and whenever. */
@ExtendWith(Stores.InJvm.class)
class TopicRetentionIsAppliedTest {

  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final Addresses stores;

  TopicRetentionIsAppliedTest(Stores stores) {
    this.stores = stores.addresses();
  }

  @AfterEach
  void putRight() {
    create(TopicRetention.DEFAULT);
  }

  @Test
  void topicsThatExistAreGivenTheRetentionThatIsSetAndTheChangeIsTold() throws Exception {
    create(TopicRetention.DEFAULT);

    List<String> told = create(new TopicRetention(Duration.ofHours(12)));

    assertThat(told)
        .contains(
            "tickets: retention.ms 2592000000 -> 43200000",
            "ticket-rejections: segment.ms 86400000 -> 43200000",
            "ticket-priorities: max.compaction.lag.ms 86400000 -> 43200000",
            "ticket-erasures: retention.ms 5788800000 -> 691200000");
    assertThat(setting(Topics.TICKETS, "retention.ms")).isEqualTo("43200000");
    assertThat(setting(Topics.PRIORITIES, "cleanup.policy")).isEqualTo("compact,delete");
    assertThat(setting(Topics.ERASURES, "retention.ms")).isEqualTo("691200000");
    assertThat(setting(Topics.ERASURES, "message.timestamp.type")).isEqualTo("LogAppendTime");
    assertThat(create(new TopicRetention(Duration.ofHours(12)))).as("again").isEmpty();
  }

  private List<String> create(TopicRetention retention) {
    try (Admin admin = stores.admin()) {
      return Topics.create(admin, (short) 1, retention, LIMIT);
    }
  }

  private String setting(String topic, String name)
      throws ExecutionException, InterruptedException {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    try (Admin admin = stores.admin()) {
      return admin.describeConfigs(List.of(resource)).all().get().get(resource).get(name).value();
    }
  }
}
