package tickets.scorer;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import tickets.contract.Topics;

/** A scorer with its hands full, and others that have nothing to do and are quicker than it. */
class BusyScorerGivesUpPartitionsTest {

  @RegisterExtension static final TestKafka kafka = new TestKafka();

  /** More than the busy one scores before the test is over. */
  private static final int TICKETS = 2_000;

  private static final int BATCH = 4;
  private static final long BATCH_MILLIS = 500;

  /** Members hear of a rebalance by their next heartbeat, every 3.3 s. */
  private static final Duration SETTLED = Duration.ofSeconds(10);

  /** To join, and once for each of the two others to give partitions up; one more for luck. */
  private static final int MOST_REBALANCES = 4;

  @TempDir Path directory;

  @Test
  void whenAnotherOneJoinsTheyAreNotRebalancedOverAndOver() throws Exception {
    CountDownLatch over = new CountDownLatch(1);
    StubEngine busy = new StubEngine(texts -> await(over));
    // The first one leads the group: whoever waits for partitions has its answer once this one has.
    try (TestScorer leader = start("leader", new StubEngine());
        TestScorer occupied = start("occupied", busy)) {
      kafka.publish(
          IntStream.range(0, TICKETS)
              .mapToObj(i -> TestKafka.ticket(i % Topics.PARTITIONS, "busy-" + i, "busy text " + i))
              .toList());
      Awaitility.await("it is busy").atMost(TestKafka.LIMIT).until(() -> !busy.batches().isEmpty());

      Set<ObjectName> before = consumers();
      try (TestScorer joining = start("joining", new StubEngine())) {
        Set<ObjectName> ofJoining = new HashSet<>(consumers());
        ofJoining.removeAll(before);
        assertThat(ofJoining).hasSize(1);
        ObjectName consumer = ofJoining.iterator().next();
        AtomicInteger last = new AtomicInteger();
        Awaitility.await("nobody asks for another rebalance")
            .during(SETTLED)
            .atMost(SETTLED.multipliedBy(6))
            .until(
                () -> {
                  int now = rebalances(consumer);
                  return now > 0 && now == last.getAndSet(now);
                });

        assertThat(rebalances(consumer)).isLessThanOrEqualTo(MOST_REBALANCES);
        assertThat(busy.texts()).as("still busy").hasSizeLessThan(TICKETS / 2);
        over.countDown();
      }
    }
  }

  private TestScorer start(String name, StubEngine engine) {
    return TestScorer.start(
            kafka.servers(), directory.resolve(name), engine, BATCH, Duration.ofMillis(5))
        .awaitRunning();
  }

  /** A batch takes its time, as with a model. */
  private static void await(CountDownLatch over) {
    try {
      over.await(BATCH_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static Set<ObjectName> consumers() throws JMException {
    return server()
        .queryNames(
            new ObjectName(
                "kafka.consumer:type=consumer-coordinator-metrics,client-id=scorer-stream-*"),
            null);
  }

  private static int rebalances(ObjectName consumer) throws JMException {
    return ((Number) server().getAttribute(consumer, "rebalance-total")).intValue();
  }

  private static MBeanServer server() {
    return ManagementFactory.getPlatformMBeanServer();
  }
}
