package tickets.scorer;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tickets.contract.EventJson;
import tickets.contract.Lane;
import tickets.contract.Redaction;
import tickets.contract.TopicRetention;
import tickets.contract.Topics;
import tickets.scorer.batch.BatchLimits;
import tickets.scorer.batch.BatchPace;
import tickets.scorer.batch.TicketBatcher;

/** A thread with two partitions: two drivers of one topology, which the test gives their turns. */
class SharedBatchTest {

  private static final Instant START = Instant.parse("2026-11-25T10:00:00Z");
  private static final Duration LINGER = Duration.ofMillis(5);
  private static final BatchLimits LIMITS = new BatchLimits(4, 200, LINGER, 64);

  @TempDir private Path directory;

  private final AtomicReference<Instant> now = new AtomicReference<>(START);
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final StubEngine engine = new StubEngine();
  private final List<TopologyTestDriver> open = new ArrayList<>();
  private TopologyTestDriver one;
  private TopologyTestDriver other;

  @BeforeEach
  void assign() {
    Topology topology =
        ScoringTopology.build(
            Lane.TICKETS,
            engine,
            new BatchPace(LIMITS, Duration.ofSeconds(1), () -> false, 1_000_000),
            200,
            Redaction.NONE,
            true,
            TopicRetention.DEFAULT,
            new ScorerMeters(
                registry, new ServiceLevel(Duration.ofSeconds(60), () -> "LABEL_1"), now::get),
            now::get,
            () -> Duration.between(START, now.get()).toNanos());
    one = partition(topology, "one");
    other = partition(topology, "other");
  }

  @AfterEach
  void close() {
    open.forEach(TopologyTestDriver::close);
  }

  @Test
  void ticketsOfBothPartitionsFillABatch() {
    publish(one, "a", "b");
    publish(other, "c", "d");

    assertThat(engine.batches()).containsExactly(List.of("a", "b", "c", "d"));
    assertThat(scored(other)).containsExactly("id-c", "id-d");
  }

  @Test
  void whenAllThatTheTopicHadIsHereNobodyWaitsForMore() {
    TicketBatcher.polled(records(Map.of(0, 2)), true);

    publish(one, "a", "b", "c");

    assertThat(engine.batches()).containsExactly(List.of("a", "b", "c"));
    assertThat(scored(one)).containsExactly("id-a", "id-b", "id-c");
    assertThat(registry.get(ScorerMeters.BATCH_SIZE).tag("trigger", "all").summary().count())
        .isEqualTo(1);
  }

  @Test
  void ticketsOfAnotherPartitionThatThePollBroughtAreStillToCome() {
    TicketBatcher.polled(records(Map.of(0, 0, 1, 0)), true);

    publish(one, "a");

    assertThat(engine.batches()).isEmpty();
    tick(one);
    assertThat(engine.batches()).containsExactly(List.of("a"));
  }

  @Test
  void whileTheTopicHasMoreTheBatchWaitsForIt() {
    TicketBatcher.polled(records(Map.of(0, 1)), false);

    publish(one, "a", "b");

    assertThat(engine.batches()).isEmpty();
    tick(one);
    assertThat(engine.batches()).containsExactly(List.of("a", "b"));
  }

  @Test
  void whatWasAskedForBeforeTheLastBatchDoesNotSayWhatIsAtHand() {
    TicketBatcher.polled(records(Map.of(0, 0)), true);
    publish(one, "a");
    assertThat(engine.batches()).containsExactly(List.of("a"));

    // The batch takes its time, and two tickets come meanwhile; the first is there at once.
    pass(Duration.ofMillis(100));
    assertThat(TicketBatcher.wasAway()).isTrue();
    TicketBatcher.polled(records(Map.of(0, 1)), false);
    publish(one, "b");
    assertThat(engine.batches()).hasSize(1);
    assertThat(TicketBatcher.wasAway()).isFalse();
    TicketBatcher.polled(records(Map.of(0, 2)), true);
    publish(one, "c");

    assertThat(engine.batches()).containsExactly(List.of("a"), List.of("b", "c"));
  }

  @Test
  void whatAFullBatchLeavesOfAPollWaitsForWhatCameMeanwhile() {
    TicketBatcher.polled(records(Map.of(0, 4)), true);
    publish(one, "a", "b", "c", "d", "e");
    assertThat(engine.batches()).containsExactly(List.of("a", "b", "c", "d"));

    TicketBatcher.polled(records(Map.of(0, 6)), true);
    publish(one, "f", "g");

    assertThat(engine.batches())
        .containsExactly(List.of("a", "b", "c", "d"), List.of("e", "f", "g"));
  }

  @Test
  void aTicketThatThePollHadToWaitForIsNew() {
    pass(Duration.ofMillis(100));
    assertThat(TicketBatcher.wasAway()).isTrue();
    TicketBatcher.pollTime(Duration.ofMillis(100));
    pass(Duration.ofMillis(20));
    TicketBatcher.polled(records(Map.of(0, 0)), true);

    publish(one, "a");

    assertThat(engine.batches()).containsExactly(List.of("a"));
  }

  @Test
  void thePartitionThatDidNotFillItSendsItsOutcomesAtItsNextTick() {
    publish(one, "a", "b");
    publish(other, "c", "d");
    assertThat(scored(one)).isEmpty();

    tick(one);

    assertThat(scored(one)).containsExactly("id-a", "id-b");
    assertThat(engine.batches()).hasSize(1);
  }

  @Test
  void orBeforeItsNextTicketWaits() {
    publish(one, "a", "b");
    publish(other, "c", "d");

    publish(one, "e");

    assertThat(scored(one)).containsExactly("id-a", "id-b");
    tick(one);
    assertThat(scored(one)).containsExactly("id-e");
    assertThat(engine.batches()).containsExactly(List.of("a", "b", "c", "d"), List.of("e"));
  }

  @Test
  void aTicketOfEitherKeepsTheBatchWaiting() {
    publish(one, "a");
    pass(Duration.ofMillis(4));
    publish(other, "b");
    pass(Duration.ofMillis(3));
    one.advanceWallClockTime(Duration.ofMillis(7));
    assertThat(engine.batches()).isEmpty();

    pass(Duration.ofMillis(2));
    other.advanceWallClockTime(Duration.ofMillis(5));

    assertThat(engine.batches()).containsExactly(List.of("a", "b"));
    assertThat(scored(other)).containsExactly("id-b");
    tick(one);
    assertThat(scored(one)).containsExactly("id-a");
  }

  @Test
  void timeInWhichTheThreadCommitsOrScoresDoesNotMakeABatchOld() {
    publish(one, "a");
    pass(Duration.ofMillis(80));
    one.advanceWallClockTime(LINGER);
    assertThat(engine.batches()).isEmpty();

    publish(other, "b", "c", "d");

    assertThat(engine.batches()).containsExactly(List.of("a", "b", "c", "d"));
  }

  @Test
  void aThreadThatIsAlwaysSlowDoesNotWaitForEver() {
    publish(one, "a");
    for (int i = 0; i < 2; i++) {
      pass(Duration.ofMillis(80));
      one.advanceWallClockTime(LINGER);
    }

    assertThat(engine.batches()).containsExactly(List.of("a"));
  }

  @Test
  void aPartitionThatIsTakenAwayTakesItsTicketsWithIt() {
    publish(one, "a", "b", "c");
    one.close();
    open.remove(one);

    publish(other, "d", "e", "f");
    assertThat(engine.batches()).isEmpty();
    publish(other, "g");

    assertThat(engine.batches()).containsExactly(List.of("d", "e", "f", "g"));
    assertThat(registry.get(ScorerMeters.PENDING).gauge().value()).isZero();
  }

  @Test
  void aBatchIsCountedOnceAndEachTicketToo() {
    publish(one, "a", "unscorable");
    publish(other, "c", "d");
    tick(one);

    assertThat(registry.get(ScorerMeters.BATCH_SIZE).tag("trigger", "full").summary().count())
        .isEqualTo(1);
    assertThat(registry.get(ScorerMeters.BATCH_SIZE).tag("trigger", "full").summary().max())
        .isEqualTo(4);
    assertThat(registry.get(ScorerMeters.SCORED).counter().count()).isEqualTo(3);
    assertThat(registry.get(ScorerMeters.TOKENS).counter().count()).isEqualTo(12);
  }

  private void tick(TopologyTestDriver partition) {
    pass(LINGER);
    partition.advanceWallClockTime(LINGER);
  }

  private void pass(Duration time) {
    now.updateAndGet(before -> before.plus(time));
  }

  private TopologyTestDriver partition(Topology topology, String name) {
    Properties settings = new Properties();
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, "test");
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "none:1");
    settings.put(StreamsConfig.STATE_DIR_CONFIG, directory.resolve(name).toString());
    TopologyTestDriver driver = new TopologyTestDriver(topology, settings, START);
    open.add(driver);
    return driver;
  }

  private static void publish(TopologyTestDriver partition, String... texts) {
    for (String text : texts) {
      partition
          .createInputTopic(
              Topics.TICKETS,
              new ByteArraySerializer(),
              new ByteArraySerializer(),
              START,
              Duration.ZERO)
          .pipeInput(
              ("id-" + text).getBytes(StandardCharsets.UTF_8),
              EventJson.write(Map.of("text", text)));
    }
  }

  /** What a poll brought, up to this offset of each partition. */
  private static ConsumerRecords<byte[], byte[]> records(Map<Integer, Integer> upTo) {
    Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> records = new HashMap<>();
    upTo.forEach(
        (partition, offset) ->
            records.put(
                new TopicPartition(Topics.TICKETS, partition),
                List.of(
                    new ConsumerRecord<>(
                        Topics.TICKETS, partition, offset, new byte[0], new byte[0]))));
    return new ConsumerRecords<>(records, Map.of());
  }

  private static List<String> scored(TopologyTestDriver partition) {
    return partition
        .createOutputTopic(Topics.PRIORITIES, new StringDeserializer(), new ByteArrayDeserializer())
        .readRecordsToList()
        .stream()
        .map(TestRecord::key)
        .toList();
  }
}
