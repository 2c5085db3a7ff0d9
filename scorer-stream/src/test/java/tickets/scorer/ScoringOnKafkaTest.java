package tickets.scorer;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the scorer does when something goes wrong, on a real broker. */
class ScoringOnKafkaTest extends EveryTicketIsScored {

  @RegisterExtension static final TestKafka kafka = new TestKafka();

  @Override
  TestKafka kafka() {
    return kafka;
  }

  @Test
  void anEngineThatBreaksDownIsTriedAgainAndNoTicketSkippedOrScoredTwice() {
    AtomicInteger failures = new AtomicInteger(2);
    StubEngine engine =
        new StubEngine(
            texts -> {
              if (texts.contains("t") && failures.getAndDecrement() > 0) {
                throw new OutOfMemoryError("not really");
              }
            });
    try (TestScorer scorer = start(engine, 4).awaitRunning()) {
      List<RecordMetadata> positions =
          kafka.publish(
              IntStream.range(0, 8).mapToObj(i -> TestKafka.ticket(3, "again-" + i, "t")).toList());
      Awaitility.await("the failure shows")
          .atMost(TestKafka.LIMIT)
          .until(() -> scorer.running().lastFailure() != null);

      kafka.awaitOutcomes(8, isAtOneOf(positions));
      Awaitility.await("it runs again")
          .atMost(TestKafka.LIMIT)
          .until(() -> scorer.running().state() == RunningScorer.State.RUNNING);
      assertThat(failures).hasValueLessThan(0);
    }
  }

  @Test
  void aTicketWaitsForNobodyIfTheTopicHasNoOther() {
    Duration forEver = Duration.ofMinutes(10);
    try (TestScorer scorer =
        TestScorer.start(kafka.servers(), state, new StubEngine(), 4, forEver).awaitRunning()) {
      for (int i = 0; i < 3; i++) {
        List<RecordMetadata> positions =
            kafka.publish(List.of(TestKafka.ticket(i, "lone-" + i, "t")));
        kafka.awaitOutcomes(1, isAtOneOf(positions));
      }
    }
  }

  @Test
  void aModelSlowerThanTheSessionTimeoutDoesNotLoop() {
    CountDownLatch never = new CountDownLatch(1);
    StubEngine slow =
        new StubEngine(
            texts -> {
              if (texts.get(0).startsWith("slow")) {
                waitFor(never, Duration.ofSeconds(12));
              }
            });
    List<RecordMetadata> positions =
        kafka.publish(
            List.of(
                TestKafka.ticket(0, "slow-1", "slow 1"), TestKafka.ticket(0, "slow-2", "slow 2")));

    try (TestScorer scorer = start(slow, 2)) {
      kafka.awaitOutcomes(2, isAtOneOf(positions));

      assertThat(slow.texts()).filteredOn(text -> text.startsWith("slow")).hasSize(2);
    }
  }

  @Test
  void stoppingFinishesTheBatchUnderWay() {
    CountDownLatch scoring = new CountDownLatch(1);
    CountDownLatch never = new CountDownLatch(1);
    StubEngine engine =
        new StubEngine(
            texts -> {
              if (texts.contains("last")) {
                scoring.countDown();
                waitFor(never, Duration.ofSeconds(2));
              }
            });
    List<RecordMetadata> positions;
    try (TestScorer scorer = start(engine, 1).awaitRunning()) {
      positions = kafka.publish(List.of(TestKafka.ticket(0, "last", "last")));
      waitFor(scoring, TestKafka.LIMIT);
    }

    kafka.awaitOutcomes(1, isAtOneOf(positions));
    assertThat(engine.texts()).containsOnlyOnce("last");
  }
}
