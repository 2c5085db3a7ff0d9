package tickets.scorer;

import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaClientSupplier;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import tickets.contract.Lane;
import tickets.contract.TopicRetention;
import tickets.contract.Topics;

/**
 * Keeps a lane's topology running for as long as the application does.
 *
 * <p>Whatever stops a stream thread stops them all: the engine broke down, or Kafka refused
 * something. The open transaction is aborted, the scorer leaves its group so that another one can
 * take over, and after a pause that grows with every try it begins anew. Nothing is skipped, and it
 * never gives up; meanwhile its health is down.
 *
 * <pre>
 *   WAITING_FOR_KAFKA ──▶ STARTING ──▶ RUNNING ◀──▶ STARTING (a rebalance)
 *          ▲                  │           │
 *          │                  ▼           ▼
 *          └────────────── PAUSING ◀── failure        STOPPED from any
 * </pre>
 */
final class RunningScorer {
  private static final Logger log = LoggerFactory.getLogger(RunningScorer.class);

  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(60);

  /** Having run for this long, the next failure is a new one and not a repetition. */
  private static final Duration HEALED_AFTER = Duration.ofMinutes(5);

  /** How long one try to create the topics may take. */
  private static final Duration TOPICS_LIMIT = Duration.ofSeconds(10);

  /** The batch under way is finished and committed; see {@code BatchLimits.LONGEST_FLUSH}. */
  private static final Duration STOP_LIMIT = Duration.ofSeconds(9);

  /** What the scorer is doing; from bad to good. */
  enum State {
    STOPPED,
    PAUSING,
    WAITING_FOR_KAFKA,
    STARTING,
    RUNNING
  }

  private final Lane lane;
  private final Supplier<Topology> topology;
  private final Map<String, Object> settings;
  private final TopicRetention retention;
  private final KafkaClientSupplier clients;
  private final ScorerMeters meters;
  private final Preparation preparation;

  private volatile State state = State.STOPPED;
  private volatile @Nullable Throwable lastFailure;
  private volatile boolean stopping;
  private volatile @Nullable KafkaStreams streams;
  private volatile @Nullable Thread keeper;

  /** What is to be done once Kafka has the topics, before a ticket is scored. */
  interface Preparation {
    /** Waits for it, and not for ever. */
    void await() throws InterruptedException;
  }

  /**
   * @param lane whose tickets are scored
   * @param topology makes a new one for every try
   * @param settings of Kafka Streams
   * @param retention of the topics
   */
  RunningScorer(
      Lane lane,
      Supplier<Topology> topology,
      Map<String, Object> settings,
      TopicRetention retention,
      KafkaClientSupplier clients,
      ScorerMeters meters,
      Preparation preparation) {
    this.lane = lane;
    this.topology = topology;
    this.settings = Map.copyOf(settings);
    this.retention = retention;
    this.clients = clients;
    this.meters = meters;
    this.preparation = preparation;
  }

  State state() {
    return state;
  }

  /** Why it last failed; null if it is well, or never failed. */
  @Nullable Throwable lastFailure() {
    return state == State.RUNNING ? null : lastFailure;
  }

  /** Returns at once: whether Kafka is there is seen by the health, not by a failed start. */
  synchronized void start() {
    stopping = false;
    state = State.WAITING_FOR_KAFKA;
    Thread thread = new Thread(this::keepRunning, "scorer-keeper-" + lane.topic());
    keeper = thread;
    thread.start();
  }

  /** Finishes the batch under way, commits and leaves the group; within 9 s. */
  synchronized void stop() {
    Thread thread = keeper;
    if (thread == null) {
      return;
    }
    stopping = true;
    thread.interrupt();
    KafkaStreams running = streams;
    if (running != null && !running.close(leavingWithin(STOP_LIMIT))) {
      log.warn(
          "The batch of {} under way did not end within {} s; its tickets will be scored after the"
              + " next start",
          lane.topic(),
          STOP_LIMIT.toSeconds());
    }
    try {
      thread.join(Duration.ofSeconds(1).toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    state = State.STOPPED;
    keeper = null;
  }

  private void keepRunning() {
    Duration pause = FIRST_PAUSE;
    try {
      while (!stopping) {
        awaitTopics();
        state = State.STARTING;
        preparation.await();
        long start = System.nanoTime();
        Throwable failure = runUntilItEnds();
        if (stopping) {
          return;
        }
        if (System.nanoTime() - start > HEALED_AFTER.toNanos()) {
          pause = FIRST_PAUSE;
        }
        lastFailure = failure;
        state = State.PAUSING;
        meters.restarted();
        log.error(
            "Scoring {} stopped and will start again in {} s; no ticket is skipped",
            lane.topic(),
            pause.toSeconds(),
            failure);
        TimeUnit.MILLISECONDS.sleep(pause.toMillis());
        pause = longer(pause);
      }
    } catch (InterruptedException e) {
      // Only stop() interrupts.
      log.debug("Stopped while waiting");
    }
  }

  private void awaitTopics() throws InterruptedException {
    Duration pause = FIRST_PAUSE;
    state = State.WAITING_FOR_KAFKA;
    String servers = String.valueOf(settings.get(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG));
    short replication =
        Short.parseShort(String.valueOf(settings.get(StreamsConfig.REPLICATION_FACTOR_CONFIG)));
    while (!stopping) {
      try {
        createTopics(replication);
        return;
      } catch (Topics.TopicsUnavailable | KafkaException e) {
        lastFailure = e;
        if (stopping) {
          return;
        }
        // Both lanes wait for the same; one of them says it.
        log.atLevel(lane == Lane.TICKETS ? Level.WARN : Level.DEBUG)
            .log(
                "Waiting for Kafka at {}, next try in {} s: {}",
                servers,
                pause.toSeconds(),
                e.getMessage());
      }
      TimeUnit.MILLISECONDS.sleep(pause.toMillis());
      pause = longer(pause);
    }
  }

  private void createTopics(short replication) {
    Admin admin = Admin.create(new StreamsConfig(settings).getAdminConfigs("scorer-stream-topics"));
    try {
      Topics.create(admin, replication, retention, TOPICS_LIMIT)
          .forEach(change -> log.info("Topic {}", change));
    } finally {
      // Not by try-with-resources: that waits a minute for answers that nobody wants any more.
      admin.close(Duration.ZERO);
    }
  }

  /** Runs the topology; returns why it ended, null if nobody said why. */
  private @Nullable Throwable runUntilItEnds() throws InterruptedException {
    Failure failure = new Failure();
    CountDownLatch ended = new CountDownLatch(1);
    Properties properties = new Properties();
    properties.putAll(settings);
    KafkaStreams running;
    try {
      running = new KafkaStreams(topology.get(), new StreamsConfig(properties), clients);
    } catch (KafkaException e) {
      return e;
    }
    running.setUncaughtExceptionHandler(
        thrown -> {
          failure.first(thrown);
          // A client that is merely shut down stays in its group until the session times out, and
          // its partitions with it. With no time to wait, close() only begins to stop the others.
          running.close(leavingWithin(Duration.ZERO));
          return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
    running.setStateListener(
        (now, before) -> {
          if (now.hasCompletedShutdown()) {
            ended.countDown();
          } else if (!stopping) {
            state = now == KafkaStreams.State.RUNNING ? State.RUNNING : State.STARTING;
          }
        });
    streams = running;
    state = State.STARTING;
    try {
      if (!stopping) {
        running.start();
        ended.await();
      }
    } catch (KafkaException | IllegalStateException e) {
      failure.first(e);
    } finally {
      if (!stopping) {
        running.close(leavingWithin(STOP_LIMIT));
      }
    }
    return failure.thrown;
  }

  private static CloseOptions leavingWithin(Duration limit) {
    return CloseOptions.timeout(limit)
        .withGroupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP);
  }

  private static Duration longer(Duration pause) {
    Duration twice = pause.multipliedBy(2);
    return twice.compareTo(LONGEST_PAUSE) < 0 ? twice : LONGEST_PAUSE;
  }

  /** What several stream threads threw; the first matters. */
  private static final class Failure {
    private volatile @Nullable Throwable thrown;

    synchronized void first(Throwable failure) {
      if (thrown == null) {
        thrown = failure;
      }
    }
  }
}
