package tickets.ingest.model;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.kafka.autoconfigure.KafkaProperties;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;
import tickets.contract.ModelCommand;
import tickets.contract.ScorerStatus;
import tickets.contract.Topics;

/**
 * What the scorers are commanded to use, and what each says it uses. Read in the background, in no
 * consumer group, so that every instance knows it all.
 */
@Component
public final class ScorerReports implements SmartLifecycle {

  private static final Logger log = LoggerFactory.getLogger(ScorerReports.class);

  /** Scorers that are listened to; whoever may write the topic could name any number. */
  static final int MOST = 256;

  private static final Duration LIMIT = Duration.ofSeconds(5);
  private static final Duration POLL = Duration.ofMillis(500);
  private static final Duration STOP_LIMIT = Duration.ofSeconds(2);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

  private final KafkaProperties kafka;
  private final LongSupplier nanoTime;
  private final Map<String, Heard> heard = new LinkedHashMap<>();
  private volatile @Nullable ModelCommand commanded;
  private volatile @Nullable KafkaConsumer<byte[], byte[]> consumer;
  private final CountDownLatch over = new CountDownLatch(1);
  private volatile boolean running;
  private @Nullable Thread thread;

  /**
   * @param atNanos when it was heard of here, or would have been
   */
  private record Heard(ScorerStatus status, long atNanos) {}

  @Autowired
  ScorerReports(KafkaProperties kafka) {
    this(kafka, System::nanoTime);
  }

  ScorerReports(KafkaProperties kafka, LongSupplier nanoTime) {
    this.kafka = kafka;
    this.nanoTime = nanoTime;
  }

  /** The newest command; null if there was none, or it is not known yet. */
  public @Nullable ModelCommand commanded() {
    return commanded;
  }

  /** What those say who said something lately, by name. */
  public synchronized List<ScorerStatus> scorers() {
    long now = nanoTime.getAsLong();
    heard.values().removeIf(one -> now - one.atNanos() > ScorerStatus.GONE_AFTER.toNanos());
    return heard.values().stream()
        .map(Heard::status)
        .sorted(Comparator.comparing(ScorerStatus::scorer))
        .toList();
  }

  /**
   * The digests of the models that score at this moment. Several while scorers go over from one
   * model to another; none if no scorer said anything.
   */
  public Set<String> digests() {
    return scorers().stream()
        .map(status -> status.model().digest())
        .collect(Collectors.toUnmodifiableSet());
  }

  @Override
  public void start() {
    running = true;
    Thread reading = new Thread(this::keepReading, "scorer-reports");
    reading.setDaemon(true);
    thread = reading;
    reading.start();
  }

  private void keepReading() {
    Duration pause = FIRST_PAUSE;
    while (running) {
      long begun = System.nanoTime();
      try (KafkaConsumer<byte[], byte[]> open =
          new KafkaConsumer<>(
              ModelCommandsTopic.consumerSettings(kafka, LIMIT),
              new ByteArrayDeserializer(),
              new ByteArrayDeserializer())) {
        consumer = open;
        read(open);
      } catch (WakeupException e) {
        log.debug("No longer reading what scorers report");
      } catch (AuthorizationException e) {
        log.warn(
            "What scorers report can't be read, as deploy/kafka-acls is not applied: {}",
            e.getMessage());
      } catch (KafkaException e) {
        // /status says that Kafka is away.
        log.debug("What scorers report can't be read, next try in {} ms", pause.toMillis(), e);
      } catch (RuntimeException e) {
        log.error("What scorers report can't be read, next try in {} ms", pause.toMillis(), e);
      } finally {
        consumer = null;
      }
      if (System.nanoTime() - begun > LONGEST_PAUSE.toNanos()) {
        pause = FIRST_PAUSE;
      }
      try {
        if (over.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
          return;
        }
      } catch (InterruptedException e) {
        return;
      }
      pause =
          pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0
              ? pause.multipliedBy(2)
              : LONGEST_PAUSE;
    }
  }

  private void read(KafkaConsumer<byte[], byte[]> open) {
    List<TopicPartition> partitions = new ArrayList<>();
    partitions.addAll(ModelCommandsTopic.partitions(open, Topics.COMMANDS));
    partitions.addAll(ModelCommandsTopic.partitions(open, Topics.STATUS));
    if (partitions.stream().map(TopicPartition::topic).distinct().count() < 2) {
      // Nobody has made them yet.
      return;
    }
    open.assign(partitions);
    open.seekToBeginning(partitions);
    Map<TopicPartition, Long> ends = new HashMap<>(open.endOffsets(partitions));
    List<ConsumerRecord<byte[], byte[]>> before = new ArrayList<>();
    while (running) {
      for (ConsumerRecord<byte[], byte[]> record : open.poll(POLL)) {
        if (record.topic().equals(Topics.COMMANDS)) {
          commanded = ModelCommandsTopic.newer(commanded, record);
        } else if (ends.isEmpty()) {
          hear(record, nanoTime.getAsLong());
        } else {
          keepNewest(before, record);
        }
      }
      ends.entrySet().removeIf(end -> open.position(end.getKey()) >= end.getValue());
      if (ends.isEmpty() && !before.isEmpty()) {
        hearOfBefore(before);
        before.clear();
      }
    }
  }

  private static void keepNewest(
      List<ConsumerRecord<byte[], byte[]>> before, ConsumerRecord<byte[], byte[]> record) {
    before.removeIf(other -> Arrays.equals(other.key(), record.key()));
    before.add(record);
    if (before.size() > MOST) {
      before.remove(0);
    }
  }

  /**
   * How old they are is told by the newest of them, not by this machine's clock, which may differ
   * from the broker's: at the worst who is gone stays for a little longer.
   */
  private void hearOfBefore(List<ConsumerRecord<byte[], byte[]>> records) {
    long newest = records.stream().mapToLong(ConsumerRecord::timestamp).max().orElse(0);
    long now = nanoTime.getAsLong();
    for (ConsumerRecord<byte[], byte[]> record : records) {
      hear(record, now - TimeUnit.MILLISECONDS.toNanos(newest - record.timestamp()));
    }
  }

  /** A scorer said something. */
  synchronized void hear(ConsumerRecord<byte[], byte[]> record, long atNanos) {
    byte[] key = record.key();
    if (key == null) {
      return;
    }
    String scorer = new String(key, StandardCharsets.UTF_8);
    if (record.value() == null) {
      heard.remove(scorer);
      return;
    }
    try {
      ScorerStatus status = ScorerStatus.fromRecord(record.value());
      heard.remove(scorer);
      if (heard.size() >= MOST) {
        // Who has not been heard of for the longest.
        heard.remove(heard.keySet().iterator().next());
      }
      heard.put(scorer, new Heard(status, atNanos));
    } catch (IOException e) {
      log.debug("Skipped a record of {}: no status stands there", record.topic());
    }
  }

  @Override
  public void stop() {
    running = false;
    KafkaConsumer<byte[], byte[]> open = consumer;
    if (open != null) {
      open.wakeup();
    }
    over.countDown();
    if (thread != null) {
      try {
        thread.join(STOP_LIMIT.toMillis());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  /** As the other parts of the service: before the HTTP server. */
  @Override
  public int getPhase() {
    return 0;
  }
}
