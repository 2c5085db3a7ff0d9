package tickets.contract;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.AuthorizationException;
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

  /**
   * Tickets of callers that wait; see {@link Lane}. Written by ingest-api only. Key: task_id.
   * Value: a {@link Ticket}.
   */
  public static final String INTERACTIVE = "tickets-interactive";

  /** Priorities, one for each scored ticket. Key: task_id. Value: a {@link ScoredTicket}. */
  public static final String PRIORITIES = "ticket-priorities";

  /** What could not be scored or stored. Key: task_id. Value: a {@link Rejection}. */
  public static final String REJECTIONS = "ticket-rejections";

  /**
   * Tickets whose text is to be forgotten. Key: task_id. Value: an {@link Erasure}. Each stands on
   * every partition: a ticket system may have put its ticket on any of them, and whoever reads one
   * partition of {@link #TICKETS} must know all erasures.
   */
  public static final String ERASURES = "ticket-erasures";

  /**
   * What people say of a ticket's priority. Key: task_id. Value: a {@link Correction}. All of a
   * ticket's are kept, not only the newest: results-sink stores each of them.
   */
  public static final String CORRECTIONS = "ticket-corrections";

  /**
   * Texts whose priority is to be explained, each for a caller that waits. Key and value: an {@link
   * ExplanationRequest} and its id.
   */
  public static final String EXPLANATION_REQUESTS = "ticket-explanation-requests";

  /** Answers to those, without the text. Key and value: an {@link Explanation} and its id. */
  public static final String EXPLANATIONS = "ticket-explanations";

  /**
   * Which model the scorers are to use. Key: {@link ModelCommand#KEY}. Value: a {@link
   * ModelCommand}. Written in transactions, so that commands are numbered without a gap or a
   * repetition: to be read as committed. Only the newest stays, and that for ever.
   */
  public static final String COMMANDS = "scorer-commands";

  /** Which model each scorer uses. Key: the scorer. Value: a {@link ScorerStatus}. */
  public static final String STATUS = "scorer-status";

  /**
   * What a second model makes of the same tickets; nobody in the pipeline reads it. Key: task_id.
   * Value: a {@link ScoredTicket}, without text and hash.
   */
  public static final String SHADOW = "ticket-priorities-shadow";

  /** Partitions of every topic: the most scorer threads that can share the work. */
  public static final int PARTITIONS = 4;

  /** All of them. */
  public static final List<String> ALL =
      List.of(
          TICKETS,
          INTERACTIVE,
          PRIORITIES,
          REJECTIONS,
          ERASURES,
          CORRECTIONS,
          EXPLANATION_REQUESTS,
          EXPLANATIONS,
          COMMANDS,
          STATUS,
          SHADOW);

  private static final Set<String> STAMPED_BY_BROKER =
      Set.of(TICKETS, INTERACTIVE, ERASURES, CORRECTIONS, EXPLANATION_REQUESTS, STATUS);

  private static final Duration PASSING_SEGMENT = Duration.ofMinutes(10);

  /** A scorer reports several times a minute; who is silent for an hour is gone. */
  private static final TopicRetention STATUS_RETENTION =
      new TopicRetention(TopicRetention.SHORTEST);

  private static final Duration PAUSE_BETWEEN_TRIES = Duration.ofMillis(100);

  private Topics() {}

  /** The topics as they are created. */
  public static List<NewTopic> all(short replicationFactor, TopicRetention retention) {
    return settings(retention).entrySet().stream()
        .map(
            topic -> {
              Map<String, String> settings = new HashMap<>(topic.getValue());
              // The broker's clock: a producer whose clock is years off must neither have its
              // tickets expire at once nor be kept for ever (docs/decisions/0003), and a ticket is
              // older than its erasure if the broker got it earlier.
              if (STAMPED_BY_BROKER.contains(topic.getKey())) {
                settings.put(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG, "LogAppendTime");
              }
              return new NewTopic(topic.getKey(), PARTITIONS, replicationFactor).configs(settings);
            })
        .toList();
  }

  /** What decides when a record is forgotten, by topic: also of topics that exist already. */
  private static Map<String, Map<String, String>> settings(TopicRetention retention) {
    Map<String, Map<String, String>> settings = new LinkedHashMap<>();
    settings.put(TICKETS, keeping(retention.tickets(), retention, false));
    settings.put(INTERACTIVE, keeping(retention.tickets(), retention, false));
    settings.put(PRIORITIES, keeping(retention.tickets(), retention, true));
    settings.put(REJECTIONS, keeping(retention.tickets(), retention, false));
    settings.put(ERASURES, keeping(retention.erasures(), retention, true));
    settings.put(CORRECTIONS, keeping(retention.tickets(), retention, false));
    settings.put(EXPLANATION_REQUESTS, passing());
    settings.put(EXPLANATIONS, passing());
    settings.put(COMMANDS, newestForEver(retention));
    settings.put(STATUS, keeping(STATUS_RETENTION.tickets(), STATUS_RETENTION, true));
    settings.put(SHADOW, keeping(retention.tickets(), retention, true));
    return settings;
  }

  private static Map<String, String> newestForEver(TopicRetention retention) {
    Map<String, String> settings = keeping(retention.tickets(), retention, true);
    settings.remove(TopicConfig.RETENTION_MS_CONFIG);
    settings.put(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT);
    return settings;
  }

  /** Of what nobody reads again once its caller has gone. */
  private static Map<String, String> passing() {
    return Map.of(
        TopicConfig.RETENTION_MS_CONFIG,
        Long.toString(TopicRetention.SHORTEST.toMillis()),
        TopicConfig.SEGMENT_MS_CONFIG,
        Long.toString(PASSING_SEGMENT.toMillis()),
        TopicConfig.CLEANUP_POLICY_CONFIG,
        TopicConfig.CLEANUP_POLICY_DELETE);
  }

  private static Map<String, String> keeping(
      Duration time, TopicRetention retention, boolean newestOnly) {
    Map<String, String> settings = new HashMap<>();
    String segment = Long.toString(retention.segment().toMillis());
    settings.put(TopicConfig.RETENTION_MS_CONFIG, Long.toString(time.toMillis()));
    settings.put(TopicConfig.SEGMENT_MS_CONFIG, segment);
    settings.put(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_DELETE);
    if (newestOnly) {
      settings.put(
          TopicConfig.CLEANUP_POLICY_CONFIG,
          TopicConfig.CLEANUP_POLICY_COMPACT + "," + TopicConfig.CLEANUP_POLICY_DELETE);
      // Else a topic with little traffic would keep what was replaced until half of it is.
      settings.put(TopicConfig.MAX_COMPACTION_LAG_MS_CONFIG, segment);
    }
    return settings;
  }

  /** {@link #create(Admin, short, TopicRetention, Duration)} with the default retention. */
  public static void create(Admin admin, short replicationFactor, Duration limit) {
    create(admin, replicationFactor, TopicRetention.DEFAULT, limit);
  }

  /**
   * Creates the topics that are missing, gives the others this retention, and waits until every
   * partition has a leader that answers: an idempotent producer that starts before that can lock
   * itself into out-of-order retries.
   *
   * @param limit how long to go on trying, broker not yet there included
   * @return what was changed of topics that were there, or could not be; for the log
   * @throws TopicsUnavailable when they are not there by then, or the broker refuses them
   */
  public static List<String> create(
      Admin admin, short replicationFactor, TopicRetention retention, Duration limit) {
    long deadline = System.nanoTime() + limit.toNanos();
    Exception last = new TimeoutException("no answer from the broker");
    while (System.nanoTime() - deadline < 0) {
      long left = Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime()));
      try {
        createMissing(admin, all(replicationFactor, retention), left);
        askEveryLeader(admin, left);
        return changeWhatDiffers(admin, settings(retention), left);
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

  private static void createMissing(Admin admin, List<NewTopic> topics, long leftMillis)
      throws ExecutionException, InterruptedException, TimeoutException {
    Set<String> present = admin.listTopics().names().get(leftMillis, TimeUnit.MILLISECONDS);
    List<NewTopic> missing =
        topics.stream().filter(topic -> !present.contains(topic.name())).toList();
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
        admin.describeTopics(ALL).allTopicNames().get(leftMillis, TimeUnit.MILLISECONDS);
    Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
    for (String name : described.keySet()) {
      described
          .get(name)
          .partitions()
          .forEach(p -> ends.put(new TopicPartition(name, p.partition()), OffsetSpec.latest()));
    }
    admin.listOffsets(ends, new ListOffsetsOptions()).all().get(leftMillis, TimeUnit.MILLISECONDS);
  }

  private static List<String> changeWhatDiffers(
      Admin admin, Map<String, Map<String, String>> wanted, long leftMillis)
      throws ExecutionException, InterruptedException, TimeoutException {
    Map<ConfigResource, Collection<AlterConfigOp>> changes = new HashMap<>();
    List<String> told = new ArrayList<>();
    try {
      Map<ConfigResource, Config> held =
          admin
              .describeConfigs(wanted.keySet().stream().map(Topics::resource).toList())
              .all()
              .get(leftMillis, TimeUnit.MILLISECONDS);
      wanted.forEach(
          (topic, settings) ->
              settings.forEach(
                  (name, value) -> {
                    ConfigEntry entry = requireNonNull(held.get(resource(topic))).get(name);
                    if (entry != null && !value.equals(entry.value())) {
                      changes
                          .computeIfAbsent(resource(topic), any -> new ArrayList<>())
                          .add(
                              new AlterConfigOp(
                                  new ConfigEntry(name, value), AlterConfigOp.OpType.SET));
                      told.add(topic + ": " + name + " " + entry.value() + " -> " + value);
                    }
                  }));
      if (!changes.isEmpty()) {
        admin.incrementalAlterConfigs(changes).all().get(leftMillis, TimeUnit.MILLISECONDS);
      }
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof AuthorizationException)) {
        throw e;
      }
      // Least rights: then whoever made the topics keeps their retention.
      return List.of(
          "not looked after, for this service may not: "
              + (told.isEmpty() ? "DescribeConfigs" : "AlterConfigs " + told));
    }
    return told.stream().sorted().toList();
  }

  private static ConfigResource resource(String topic) {
    return new ConfigResource(ConfigResource.Type.TOPIC, topic);
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
