package tickets.scorer.switching;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tickets.contract.ModelCommand;
import tickets.contract.Topics;

/**
 * Reads the whole topic of commands, at the start and then as they come, and hands the newest one
 * on. Every scorer reads all of it by itself, so it is in no consumer group.
 *
 * <p>Kafka may be away, or the topic not be there yet: then it tries again, with a pause that
 * grows.
 */
public final class ModelCommands {
  private static final Logger log = LoggerFactory.getLogger(ModelCommands.class);

  private static final Duration POLL = Duration.ofSeconds(1);
  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

  /** A load can't be cut short: the native library must not be left in the middle of it. */
  private static final Duration STOP_LIMIT = Duration.ofSeconds(8);

  private final Map<String, Object> settings;
  private final Consumer<ModelCommand> follower;
  private final CountDownLatch firstRead = new CountDownLatch(1);
  private final CountDownLatch over = new CountDownLatch(1);
  private volatile boolean stopping;
  private volatile @Nullable Thread thread;
  private volatile @Nullable KafkaConsumer<byte[], byte[]> consumer;
  private @Nullable ModelCommand newest;
  private long handedOn;

  /**
   * @param clientSettings how a consumer reaches Kafka
   * @param follower carries a command out before the next one is looked for; is told each command
   *     at most once, and not of those that were replaced meanwhile
   */
  public ModelCommands(Map<String, ?> clientSettings, Consumer<ModelCommand> follower) {
    settings = new HashMap<>(clientSettings);
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    settings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    settings.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) LIMIT.toMillis());
    this.follower = follower;
  }

  /** Once. */
  public synchronized void start() {
    // No daemon: a JVM that ends while a thread is in the native library may crash.
    Thread reading = new Thread(this::keepReading, "model-commands");
    thread = reading;
    reading.start();
  }

  /**
   * Waits until what was commanded before is carried out, or turned out to be impossible.
   *
   * @return false if that is not known by then
   */
  public boolean awaitFirst(Duration limit) throws InterruptedException {
    return firstRead.await(limit.toMillis(), TimeUnit.MILLISECONDS);
  }

  public synchronized void stop() {
    Thread reading = thread;
    if (reading == null) {
      return;
    }
    stopping = true;
    KafkaConsumer<byte[], byte[]> open = consumer;
    if (open != null) {
      open.wakeup();
    }
    // No interrupt: the consumer would say good-bye with a stack trace.
    over.countDown();
    try {
      reading.join(STOP_LIMIT.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    thread = null;
  }

  private void keepReading() {
    Duration pause = FIRST_PAUSE;
    while (!stopping) {
      long begun = System.nanoTime();
      try (KafkaConsumer<byte[], byte[]> open =
          new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
        consumer = open;
        List<TopicPartition> partitions = partitions(open);
        if (!partitions.isEmpty()) {
          read(open, partitions);
        }
      } catch (WakeupException e) {
        log.debug("No longer reading commands");
      } catch (AuthorizationException e) {
        log.warn("Commands can't be read, as deploy/kafka-acls is not applied: {}", e.getMessage());
      } catch (KafkaException e) {
        log.debug("Commands can't be read, next try in {} ms", pause.toMillis(), e);
      } catch (RuntimeException e) {
        log.error("Commands can't be followed, next try in {} ms", pause.toMillis(), e);
      } finally {
        consumer = null;
      }
      if (System.nanoTime() - begun > LONGEST_PAUSE.toNanos()) {
        pause = FIRST_PAUSE;
      }
      if (isOverWithin(pause)) {
        return;
      }
      pause =
          pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0
              ? pause.multipliedBy(2)
              : LONGEST_PAUSE;
    }
  }

  private static List<TopicPartition> partitions(KafkaConsumer<byte[], byte[]> open) {
    return open.partitionsFor(Topics.COMMANDS).stream()
        .map(info -> new TopicPartition(info.topic(), info.partition()))
        .toList();
  }

  /** Until it is stopped, or Kafka refuses something. */
  private void read(KafkaConsumer<byte[], byte[]> open, List<TopicPartition> partitions) {
    open.assign(partitions);
    open.seekToBeginning(partitions);
    Map<TopicPartition, Long> ends = open.endOffsets(partitions);
    while (!stopping) {
      ConsumerRecords<byte[], byte[]> records = open.poll(POLL);
      records.forEach(this::note);
      if (ends.entrySet().stream().allMatch(end -> open.position(end.getKey()) >= end.getValue())) {
        handOn();
        firstRead.countDown();
      }
    }
  }

  private void note(ConsumerRecord<byte[], byte[]> record) {
    try {
      ModelCommand command = ModelCommand.fromRecord(record.value());
      if (newest == null || command.epoch() > newest.epoch()) {
        newest = command;
      }
    } catch (IOException e) {
      log.warn(
          "Skipped a record of {} ({}@{}): no command stands there",
          record.topic(),
          record.partition(),
          record.offset());
    }
  }

  private void handOn() {
    ModelCommand command = newest;
    if (command != null && command.epoch() > handedOn) {
      handedOn = command.epoch();
      follower.accept(command);
    }
  }

  private boolean isOverWithin(Duration pause) {
    try {
      return over.await(pause.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      return true;
    }
  }
}
