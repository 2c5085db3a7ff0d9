package tickets.scorer.switching;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tickets.contract.EventJson;
import tickets.contract.ScorerStatus;
import tickets.contract.Topics;

/**
 * Tells which model this scorer uses: when that changes, every {@link ScorerStatus#EVERY}, and by a
 * tombstone that it stops. Scoring never waits for it, and a report that is lost is followed by the
 * next one.
 */
public final class StatusReports {
  private static final Logger log = LoggerFactory.getLogger(StatusReports.class);

  private static final Duration LIMIT = Duration.ofSeconds(2);

  private final Map<String, Object> settings;
  private final byte[] key;
  private final Supplier<ScorerStatus> status;
  private final ScheduledExecutorService reporting;
  private @Nullable KafkaProducer<byte[], byte[]> producer;

  /**
   * @param clientSettings how a producer reaches Kafka
   * @param scorer names this scorer across its restarts
   * @param status what is to be told; must not block
   */
  public StatusReports(
      Map<String, ?> clientSettings, String scorer, Supplier<ScorerStatus> status) {
    settings = new HashMap<>(clientSettings);
    settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, LIMIT.toMillis());
    settings.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, (int) LIMIT.toMillis());
    settings.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, (int) LIMIT.toMillis() * 2);
    // What is overtaken by the next report need not be kept for long.
    settings.put(ProducerConfig.BUFFER_MEMORY_CONFIG, 1L << 20);
    key = scorer.getBytes(StandardCharsets.UTF_8);
    this.status = status;
    reporting =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "status-reports");
              thread.setDaemon(true);
              return thread;
            });
  }

  public void start() {
    var unused =
        reporting.scheduleWithFixedDelay(
            this::report, 0, ScorerStatus.EVERY.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Reports soon. */
  public void changed() {
    try {
      reporting.execute(this::report);
    } catch (RejectedExecutionException e) {
      log.debug("Stopped: what changes now is no longer told");
    }
  }

  /** Says good-bye; within some seconds. */
  public void stop() {
    try {
      reporting.execute(this::leave);
    } catch (RejectedExecutionException e) {
      return;
    }
    reporting.shutdown();
    try {
      if (!reporting.awaitTermination(LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
        reporting.shutdownNow();
      }
    } catch (InterruptedException e) {
      reporting.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }

  private void report() {
    send(EventJson.write(status.get()));
  }

  private void leave() {
    KafkaProducer<byte[], byte[]> open = producer;
    if (open != null) {
      send(null);
      open.close(LIMIT);
      producer = null;
    }
  }

  private void send(byte @Nullable [] value) {
    try {
      KafkaProducer<byte[], byte[]> open = producer;
      if (open == null) {
        open = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
        producer = open;
      }
      var unused =
          open.send(
              new ProducerRecord<>(Topics.STATUS, key, value),
              (metadata, error) -> {
                if (error != null) {
                  log.debug("A status report is lost", error);
                }
              });
    } catch (KafkaException e) {
      log.debug("A status report is lost", e);
    }
  }
}
