package tickets.scorer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.common.GroupState;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import tickets.contract.ConsumerGroups;
import tickets.contract.Topics;

/**
 * Scorers whose batches take 7 s, as those of 128 tickets did with 40 % of a core. One poll brings
 * two of them, a session lasts 10 s, and a consumer that has asked to join a rebalance sends no
 * heartbeats until the poll that reads the answer.
 */
class SlowScorerStaysInItsGroupTest {

  @RegisterExtension static final TestKafka kafka = new TestKafka();

  /** More than is scored before the test is over. */
  private static final int TICKETS = 400;

  private static final int BATCH = 16;
  private static final long TICKET_MILLIS = 440;

  /** A session from the end of the rebalance, and what a batch may delay its beginning. */
  private static final Duration WATCHED = Duration.ofSeconds(20);

  private static final Duration LIMIT = Duration.ofMinutes(2);

  @TempDir Path directory;

  @Test
  void aRebalanceDropsNobodyWhoIsScoring() throws Exception {
    CountDownLatch over = new CountDownLatch(1);
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.servers()));
        TestScorer first = start("first", over);
        TestScorer second = start("second", over)) {
      Set<String> before;
      try (TestScorer third = start("third", over)) {
        Awaitility.await("three members")
            .atMost(LIMIT)
            .until(() -> isStable(group(admin)) && members(admin).size() == 3);
        kafka.publish(
            IntStream.range(0, TICKETS)
                .mapToObj(
                    i -> TestKafka.ticket(i % Topics.PARTITIONS, "dragging-" + i, "slow text " + i))
                .toList());
        before = members(admin);
        // Until all have their hands full.
        over.await(5, TimeUnit.SECONDS);
      }

      Set<String> seen = new HashSet<>();
      Awaitility.await("the two others have the group to themselves")
          .during(WATCHED)
          .atMost(LIMIT)
          .until(
              () -> {
                ConsumerGroupDescription group = group(admin);
                seen.addAll(members(group));
                return isStable(group) && group.members().size() == 2;
              });

      // Who is dropped comes back under another id.
      assertThat(before).containsAll(seen);
      over.countDown();
    }
  }

  private TestScorer start(String name, CountDownLatch over) {
    StubEngine slow = new StubEngine(texts -> await(over, texts.size() * TICKET_MILLIS));
    return TestScorer.start(
            kafka.servers(), directory.resolve(name), slow, BATCH, Duration.ofMillis(5))
        .awaitRunning();
  }

  private static void await(CountDownLatch over, long millis) {
    try {
      over.await(millis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static ConsumerGroupDescription group(Admin admin) throws Exception {
    return admin
        .describeConsumerGroups(Set.of(ConsumerGroups.SCORER))
        .describedGroups()
        .get(ConsumerGroups.SCORER)
        .get(10, TimeUnit.SECONDS);
  }

  private static boolean isStable(ConsumerGroupDescription group) {
    return group.groupState() == GroupState.STABLE;
  }

  private static Set<String> members(Admin admin) throws Exception {
    return members(group(admin));
  }

  private static Set<String> members(ConsumerGroupDescription group) {
    return group.members().stream().map(MemberDescription::consumerId).collect(Collectors.toSet());
  }
}
