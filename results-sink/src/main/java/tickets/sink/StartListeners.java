package tickets.sink;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.kafka.config.KafkaListenerEndpointRegistry;
import org.springframework.kafka.listener.AbstractMessageListenerContainer;
import org.springframework.kafka.listener.MessageListenerContainer;
import org.springframework.util.backoff.BackOffExecution;
import tickets.contract.Topics;

/**
 * Starts each listener as soon as what it needs is there, whatever is down when the service starts:
 *
 * <pre>
 *   topics in Kafka ─▶ EraseFromCache, AnnounceCorrections, [10] AnnounceScores,
 *                          AnnounceExplanations
 *                          ─▶ schema in PostgreSQL ─▶ EraseRows, StoreCorrections, NoteTickets,
 *                                                         [9] StoreScores
 * </pre>
 *
 * Each step is tried for ever with growing pauses, a line in the log each time.
 */
final class StartListeners implements SmartLifecycle {

  private static final Logger log = LoggerFactory.getLogger(StartListeners.class);

  /** One try at the topics; a broker that has just started needs some seconds. */
  private static final Duration TOPICS_LIMIT = Duration.ofSeconds(10);

  private final KafkaListenerEndpointRegistry listeners;
  private final Map<String, Object> adminSettings;
  private final Schema schema;
  private final OldRows oldRows;
  private final SinkProperties properties;

  private volatile @Nullable Thread starting;

  StartListeners(
      KafkaListenerEndpointRegistry listeners,
      Map<String, Object> adminSettings,
      Schema schema,
      OldRows oldRows,
      SinkProperties properties) {
    this.listeners = listeners;
    this.adminSettings = adminSettings;
    this.schema = schema;
    this.oldRows = oldRows;
    this.properties = properties;
  }

  @Override
  public void start() {
    Thread thread = new Thread(this::startInOrder, "sink-start");
    thread.setDaemon(true);
    starting = thread;
    thread.start();
  }

  private void startInOrder() {
    try {
      untilDone("Kafka's topics are not there yet", this::createTopics);
      untilDone("Redis' listener did not start", () -> startListener(EraseFromCache.GROUP));
      untilDone("Redis' listener did not start", () -> startListener(AnnounceCorrections.GROUP));
      untilDone("Redis' listener did not start", () -> startListener(AnnounceScores.GROUP));
      untilDone("Redis' listener did not start", () -> startListener(AnnounceExplanations.GROUP));
      untilDone("PostgreSQL's tables are not there yet", schema::migrate);
      untilDone("PostgreSQL's listener did not start", () -> startListener(EraseRows.GROUP));
      untilDone("PostgreSQL's listener did not start", () -> startListener(StoreCorrections.GROUP));
      untilDone("PostgreSQL's listener did not start", () -> startListener(NoteTickets.GROUP));
      untilDone("PostgreSQL's listener did not start", () -> startListener(StoreScores.GROUP));
      oldRows.lookHourly();
    } catch (InterruptedException e) {
      log.debug("Stopped before everything was started");
    }
  }

  private void untilDone(String complaint, Runnable step) throws InterruptedException {
    BackOffExecution pauses = SinkFailures.backOff(properties.retry()).start();
    while (starting != null) {
      try {
        step.run();
        return;
      } catch (RuntimeException e) {
        if (Thread.currentThread().isInterrupted()) {
          throw new InterruptedException();
        }
        long pause = pauses.nextBackOff();
        Throwable cause = SinkFailures.rootCause(e);
        log.warn(
            "{} ({}: {}). Trying again in {} ms",
            complaint,
            cause.getClass().getSimpleName(),
            cause.getMessage(),
            pause);
        log.debug("What failed", e);
        TimeUnit.MILLISECONDS.sleep(pause);
      }
    }
    throw new InterruptedException();
  }

  private void createTopics() {
    try (Admin admin = Admin.create(adminSettings)) {
      Topics.create(admin, properties.replicationFactor(), properties.retention(), TOPICS_LIMIT)
          .forEach(change -> log.info("Topic {}", change));
    }
  }

  private void startListener(String id) {
    MessageListenerContainer container = listeners.getListenerContainer(id);
    if (container == null) {
      throw new IllegalStateException("There is no listener " + id);
    }
    container.start();
    log.info("{} reads", id);
  }

  @Override
  public void stop() {
    Thread thread = starting;
    starting = null;
    if (thread != null) {
      thread.interrupt();
      try {
        // So that no listener starts after the registry has stopped them all.
        thread.join(Duration.ofSeconds(5).toMillis());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public boolean isRunning() {
    return starting != null;
  }

  /** Stops before the listeners do. */
  @Override
  public int getPhase() {
    return AbstractMessageListenerContainer.DEFAULT_PHASE + 1;
  }
}
