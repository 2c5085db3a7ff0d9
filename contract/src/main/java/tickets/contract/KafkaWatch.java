package tickets.contract;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says in one line that Kafka went away, and in one that it is back. Kafka's clients repeat the
 * first with every try of every connection, some lines a second, and never say the second: where
 * this runs, their logger {@code NetworkClient} can be silenced.
 *
 * <p>As long as Kafka has never answered it says nothing: whoever waits for it at the start does.
 */
public final class KafkaWatch implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(KafkaWatch.class);

  private static final Duration PERIOD = Duration.ofSeconds(1);
  private static final Duration LIMIT = Duration.ofSeconds(2);

  private final Map<String, Object> settings;
  private final Thread thread;

  private KafkaWatch(Map<String, Object> clientSettings) {
    settings = new HashMap<>(clientSettings);
    settings.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, (int) LIMIT.toMillis());
    settings.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) LIMIT.toMillis());
    thread = new Thread(this::watch, "kafka-watch");
    thread.setDaemon(true);
  }

  /**
   * Begins to watch.
   *
   * @param clientSettings how an {@link Admin} reaches Kafka
   */
  public static KafkaWatch start(Map<String, Object> clientSettings) {
    KafkaWatch watch = new KafkaWatch(clientSettings);
    watch.thread.start();
    return watch;
  }

  private void watch() {
    Admin admin = null;
    boolean there = false;
    long awaySince = 0;
    try {
      while (true) {
        if (admin == null) {
          admin = open();
        }
        String failure = admin == null ? "its address is not known" : failureOf(admin);
        if (failure == null && awaySince != 0) {
          log.info(
              "kafka answers, after {} s",
              Duration.ofNanos(System.nanoTime() - awaySince).toSeconds());
          awaySince = 0;
        } else if (failure != null && there) {
          log.warn("kafka does not answer: {}", failure);
          awaySince = System.nanoTime();
        }
        there = failure == null;
        TimeUnit.MILLISECONDS.sleep(PERIOD.toMillis());
      }
    } catch (InterruptedException e) {
      // close() wants it so.
    } finally {
      if (admin != null) {
        admin.close(Duration.ZERO);
      }
    }
  }

  private @Nullable Admin open() {
    try {
      return Admin.create(settings);
    } catch (KafkaException e) {
      // A name that does not resolve, for now.
      return null;
    }
  }

  private static @Nullable String failureOf(Admin admin) throws InterruptedException {
    try {
      admin.describeCluster().nodes().get(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
      return null;
    } catch (TimeoutException e) {
      return "no answer within " + LIMIT.toSeconds() + " s";
    } catch (ExecutionException e) {
      return String.valueOf(e.getCause() == null ? e.getMessage() : e.getCause().getMessage());
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
