package tickets.contract;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.LeaderNotAvailableException;
import org.apache.kafka.common.errors.NotLeaderOrFollowerException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

/**
 * The topics, their settings, and their creation by whoever needs them first.
 *
 * <p>Names are public API: ticket systems publish to {@link #TICKETS}, dashboards read {@link
 * #PRIORITIES}.
 */
public final class Topics {

  /** Tickets as they came. Key: task_id. Value: a {@link Ticket}. */
  public static final String TICKETS = "tickets";

  /** Priorities, one for each scored ticket. Key: task_id. Value: a {@link ScoredTicket}. */
  public static final String PRIORITIES = "ticket-priorities";

  /** What could not be scored or stored. Key: task_id. Value: a {@link Rejection}. */
  public static final String REJECTIONS = "ticket-rejections";

  /** Partitions of every topic: the most scorer threads that can share the work. */
  public static final int PARTITIONS = 4;

  /** How long a record stays. Consumer offsets must be kept at least as long. */
  public static final Duration RETENTION = Duration.ofDays(30);

  private static final Duration PAUSE_BETWEEN_TRIES = Duration.ofMillis(100);

  private Topics() {}

  /** The topics as they are created; one that exists already is left as it is. */
  public static List<NewTopic> all(short replicationFactor) {
    String retention = Long.toString(RETENTION.toMillis());
    return List.of(
        new NewTopic(TICKETS, PARTITIONS, replicationFactor)
            .configs(
                Map.of(
                    TopicConfig.CLEANUP_POLICY_CONFIG,
                    TopicConfig.CLEANUP_POLICY_DELETE,
                    TopicConfig.RETENTION_MS_CONFIG,
                    retention,
                    // The broker's clock: a producer whose clock is years off must neither have its
                    // tickets expire at once nor be kept for ever. docs/decisions/0003.
                    TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG,
                    "LogAppendTime")),
        new NewTopic(PRIORITIES, PARTITIONS, replicationFactor)
            .configs(
                Map.of(
                    TopicConfig.CLEANUP_POLICY_CONFIG,
                    TopicConfig.CLEANUP_POLICY_COMPACT + "," + TopicConfig.CLEANUP_POLICY_DELETE,
                    TopicConfig.RETENTION_MS_CONFIG,
                    retention)),
        new NewTopic(REJECTIONS, PARTITIONS, replicationFactor)
            .configs(
                Map.of(
                    TopicConfig.CLEANUP_POLICY_CONFIG,
                    TopicConfig.CLEANUP_POLICY_DELETE,
                    TopicConfig.RETENTION_MS_CONFIG,
                    retention)));
  }

  /**
   * Creates the topics that are missing and waits until every partition has a leader that answers:
   * an idempotent producer that starts before that can lock itself into out-of-order retries.
   *
   * @param limit how long to go on trying, broker not yet there included
   * @throws TopicsUnavailable when they are not there by then, or the broker refuses them
   */
  public static void create(Admin admin, short replicationFactor, Duration limit) {
    long deadline = System.nanoTime() + limit.toNanos();
    Exception last = new TimeoutException("no answer from the broker");
    while (System.nanoTime() - deadline < 0) {
      long left = Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime()));
      try {
        createMissing(admin, replicationFactor, left);
        askEveryLeader(admin, left);
        return;
      } catch (ExecutionException e) {
        if (!passes(e.getCause())) {
          throw new TopicsUnavailable("Kafka refused the topics: " + e.getCause(), e);
        }
        last = e;
      } catch (TimeoutException e) {
        last = e;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new TopicsUnavailable("Interrupted while waiting for Kafka's topics", e);
      }
      pause();
    }
    throw new TopicsUnavailable(
        "Kafka did not have the topics ready within " + limit.toSeconds() + " s: " + last, last);
  }

  private static void createMissing(Admin admin, short replicationFactor, long leftMillis)
      throws ExecutionException, InterruptedException, TimeoutException {
    Set<String> present = admin.listTopics().names().get(leftMillis, TimeUnit.MILLISECONDS);
    List<NewTopic> missing =
        all(replicationFactor).stream().filter(topic -> !present.contains(topic.name())).toList();
    if (missing.isEmpty()) {
      return;
    }
    try {
      admin.createTopics(missing).all().get(leftMillis, TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      // Another service was faster.
      if (!(e.getCause() instanceof TopicExistsException)) {
        throw e;
      }
    }
  }

  private static void askEveryLeader(Admin admin, long leftMillis)
      throws ExecutionException, InterruptedException, TimeoutException {
    var described =
        admin
            .describeTopics(List.of(TICKETS, PRIORITIES, REJECTIONS))
            .allTopicNames()
            .get(leftMillis, TimeUnit.MILLISECONDS);
    Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
    for (String name : described.keySet()) {
      described
          .get(name)
          .partitions()
          .forEach(p -> ends.put(new TopicPartition(name, p.partition()), OffsetSpec.latest()));
    }
    admin.listOffsets(ends, new ListOffsetsOptions()).all().get(leftMillis, TimeUnit.MILLISECONDS);
  }

  private static boolean passes(@Nullable Throwable cause) {
    return cause instanceof RetriableException
        || cause instanceof UnknownTopicOrPartitionException
        || cause instanceof LeaderNotAvailableException
        || cause instanceof NotLeaderOrFollowerException
        || cause instanceof TopicExistsException;
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(PAUSE_BETWEEN_TRIES.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TopicsUnavailable("Interrupted while waiting for Kafka's topics", e);
    }
  }

  /** The topics could not be had; the message says why. */
  public static final class TopicsUnavailable extends RuntimeException {
    TopicsUnavailable(String message, Exception cause) {
      super(message, cause);
    }
  }
}
