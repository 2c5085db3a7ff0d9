package tickets.ingest.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.boot.kafka.autoconfigure.KafkaProperties;
import tickets.contract.EventJson;
import tickets.contract.ScoredTicket;
import tickets.contract.ScorerStatus;
import tickets.contract.Sha256;
import tickets.contract.Topics;

class ScorerReportsTest {

  private final AtomicLong now = new AtomicLong();
  private final ScorerReports reports = new ScorerReports(new KafkaProperties(), now::get);

  private void says(String scorer, String model) {
    reports.hear(record(scorer, EventJson.write(status(scorer, model))), now.get());
  }

  private static ScorerStatus status(String scorer, String model) {
    return new ScorerStatus(
        scorer,
        new ScoredTicket.Model(model, "1", Sha256.hex(model)),
        0,
        ScorerStatus.State.SERVING,
        null,
        null,
        Instant.EPOCH);
  }

  private static ConsumerRecord<byte[], byte[]> record(
      @Nullable String key, byte @Nullable [] value) {
    return new ConsumerRecord<>(
        Topics.STATUS, 0, 0, key == null ? null : key.getBytes(StandardCharsets.UTF_8), value);
  }

  private void pass(Duration time) {
    now.addAndGet(time.toNanos());
  }

  @Test
  void theNewestOfEachScorerCounts() {
    says("b", "old");
    says("a", "new");
    says("b", "new");

    assertThat(reports.scorers()).extracting(ScorerStatus::scorer).containsExactly("a", "b");
    assertThat(reports.digests()).containsExactly(Sha256.hex("new"));
  }

  @Test
  void whileTheyDifferThereAreSeveralDigests() {
    says("a", "old");
    says("b", "new");

    assertThat(reports.digests()).containsExactlyInAnyOrder(Sha256.hex("old"), Sha256.hex("new"));
  }

  @Test
  void whoSaysNothingForLongIsGone() {
    says("a", "old");
    pass(ScorerStatus.GONE_AFTER.minusSeconds(1));
    says("b", "new");
    pass(Duration.ofSeconds(2));

    assertThat(reports.digests()).containsExactly(Sha256.hex("new"));
    pass(ScorerStatus.GONE_AFTER);
    assertThat(reports.digests()).isEmpty();
  }

  @Test
  void whoSaysGoodByeIsGoneAtOnce() {
    says("a", "old");
    reports.hear(record("a", null), now.get());

    assertThat(reports.scorers()).isEmpty();
  }

  @Test
  void whatIsNoStatusIsPassedOver() {
    says("a", "old");
    reports.hear(record("b", "nonsense".getBytes(StandardCharsets.UTF_8)), now.get());
    reports.hear(record(null, EventJson.write(status("c", "new"))), now.get());

    assertThat(reports.scorers()).extracting(ScorerStatus::scorer).containsExactly("a");
  }

  @Test
  void noMoreAreRememberedThanAreAllowed() {
    for (int i = 0; i < 2 * ScorerReports.MOST; i++) {
      says("scorer-" + i, "model");
    }

    assertThat(reports.scorers())
        .hasSize(ScorerReports.MOST)
        .extracting(ScorerStatus::scorer)
        .contains("scorer-" + (2 * ScorerReports.MOST - 1))
        .doesNotContain("scorer-0");
  }
}
