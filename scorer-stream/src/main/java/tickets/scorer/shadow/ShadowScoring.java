package tickets.scorer.shadow;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.DoubleSupplier;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tickets.contract.ConsumerGroups;
import tickets.contract.EventJson;
import tickets.contract.InvalidTicket;
import tickets.contract.Redaction;
import tickets.contract.Rejection;
import tickets.contract.ScoredTicket;
import tickets.contract.Ticket;
import tickets.contract.Topics;
import tickets.scorer.batch.PendingTicket;
import tickets.scorer.model.ScoredBatch;
import tickets.scorer.model.ScoringEngine;
import tickets.scorer.model.Verdict;

/**
 * Scores live tickets with a second model, for who wants to know what it would make of them. Its
 * results stand on {@link Topics#SHADOW}, which nobody in the pipeline reads.
 *
 * <p>It has a consumer group and a thread of its own, so the first model's results never wait for
 * it. What it takes from the first is time of the processor's cores: half of what everybody else
 * leaves ({@link Leftover}), in short batches that begin only while a core is free. So under load
 * it falls behind; by more than {@code maxLag} tickets of a partition, and it goes on with the
 * newest, counting the ones that it skipped.
 *
 * <p>Whatever fails here is tried again after a pause that grows, and is nobody's concern but its
 * own. A ticket may be scored twice by it, and one that it can't score has no result.
 */
public final class ShadowScoring {
  private static final Logger log = LoggerFactory.getLogger(ShadowScoring.class);

  /** Counter: tickets it has seen to; tag {@code outcome}: scored, rejected or skipped. */
  static final String TICKETS = "scorer.shadow.tickets";

  /** Gauge: tickets that it is behind. */
  static final String LAG = "scorer.shadow.lag";

  /** A fifth of a second for the bundled model on one core. */
  private static final int BATCH = 16;

  private static final Duration POLL = Duration.ofMillis(500);
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final Duration LOOK_FOR_A_CORE = Duration.ofMillis(5);

  /** Then it scores a batch all the same, and so stays in its group. */
  private static final Duration LONGEST_WAIT_FOR_A_CORE = Duration.ofMinutes(1);

  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);
  private static final Duration HEALED_AFTER = Duration.ofMinutes(5);
  private static final Duration TELL_OF_SKIPPED = Duration.ofMinutes(1);
  private static final Duration STOP_LIMIT = Duration.ofSeconds(5);

  /**
   * What it works by.
   *
   * @param loader loads and warms up the second model
   * @param clientSettings how a client reaches Kafka
   * @param maxLag tickets of a partition that it may be behind
   * @param textMaxChars as for the first model
   * @param redaction as for the first model
   * @param busy how many cores are scoring at this moment
   * @param cores of the processor
   * @param load how busy they all were since it was asked last, 0 to 1; negative where that is not
   *     known
   */
  public record Setup(
      Supplier<ScoringEngine> loader,
      Map<String, ?> clientSettings,
      int maxLag,
      int textMaxChars,
      Redaction redaction,
      IntSupplier busy,
      int cores,
      DoubleSupplier load) {}

  private final Setup setup;
  private final InstantSource clock = InstantSource.system();
  private final Counter scored;
  private final Counter rejected;
  private final Counter skipped;
  private final AtomicLong lag = new AtomicLong();
  private volatile @Nullable ScoringEngine engine;
  private volatile @Nullable KafkaConsumer<byte[], byte[]> consumer;
  private volatile boolean stopping;
  private @Nullable Thread thread;
  private long untold;
  private long toldNanos = System.nanoTime() - TELL_OF_SKIPPED.toNanos();

  public ShadowScoring(Setup setup, MeterRegistry registry) {
    this.setup = setup;
    scored = counter(registry, "scored");
    rejected = counter(registry, "rejected");
    skipped = counter(registry, "skipped");
    Gauge.builder(LAG, lag, AtomicLong::get)
        .description("Tickets that the second model is behind")
        .register(registry);
  }

  private static Counter counter(MeterRegistry registry, String outcome) {
    return Counter.builder(TICKETS)
        .description("Tickets that the second model has seen to")
        .tag("outcome", outcome)
        .register(registry);
  }

  /** The second model, once it is loaded. */
  public ScoredTicket.@Nullable Model model() {
    ScoringEngine loaded = engine;
    return loaded == null ? null : loaded.manifest().asNamedInResults();
  }

  public synchronized void start() {
    // No daemon: a JVM that ends while a thread is in the native library may crash.
    Thread working = new Thread(this::keepScoring, "shadow-scorer");
    thread = working;
    working.start();
  }

  /** Ends the batch under way; within some seconds, unless the model is being loaded. */
  public synchronized void stop() {
    Thread working = thread;
    if (working == null) {
      return;
    }
    stopping = true;
    KafkaConsumer<byte[], byte[]> open = consumer;
    if (open != null) {
      open.wakeup();
    }
    try {
      working.join(STOP_LIMIT.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    thread = null;
  }

  private void keepScoring() {
    Duration pause = FIRST_PAUSE;
    try {
      while (!stopping) {
        long begun = System.nanoTime();
        try {
          if (engine == null) {
            ScoringEngine loaded = setup.loader().get();
            engine = loaded;
            log.info(
                "Shadow model {} {} (digest {}) scores into {}",
                loaded.manifest().name(),
                loaded.manifest().version(),
                loaded.manifest().digest(),
                Topics.SHADOW);
          }
          scoreAll();
        } catch (RuntimeException | OutOfMemoryError | ExecutionException | TimeoutException e) {
          if (stopping) {
            return;
          }
          if (System.nanoTime() - begun > HEALED_AFTER.toNanos()) {
            pause = FIRST_PAUSE;
          }
          log.warn(
              "The shadow model does not score, next try in {} s; the first one is not concerned:"
                  + " {}",
              pause.toSeconds(),
              e.toString());
        }
        for (long end = System.nanoTime() + pause.toNanos();
            !stopping && System.nanoTime() - end < 0; ) {
          TimeUnit.MILLISECONDS.sleep(POLL.toMillis());
        }
        pause =
            pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0
                ? pause.multipliedBy(2)
                : LONGEST_PAUSE;
      }
    } catch (InterruptedException e) {
      log.debug("Interrupted", e);
    } finally {
      ScoringEngine loaded = engine;
      engine = null;
      if (loaded != null) {
        loaded.close();
      }
    }
  }

  private void scoreAll() throws InterruptedException, ExecutionException, TimeoutException {
    try (KafkaConsumer<byte[], byte[]> reading =
            new KafkaConsumer<>(
                consumerSettings(), new ByteArrayDeserializer(), new ByteArrayDeserializer());
        KafkaProducer<byte[], byte[]> writing =
            new KafkaProducer<>(
                producerSettings(), new ByteArraySerializer(), new ByteArraySerializer())) {
      consumer = reading;
      reading.subscribe(List.of(Topics.TICKETS, Topics.INTERACTIVE));
      Leftover leftover = new Leftover(setup.load(), setup.cores());
      long rested = System.nanoTime();
      long asked = rested;
      while (!stopping) {
        awaitFreeCore();
        ConsumerRecords<byte[], byte[]> records = reading.poll(POLL);
        skipWhatIsTooMuch(reading);
        if (!records.isEmpty()) {
          long cpuBefore = THREADS.getCurrentThreadCpuTime();
          publish(score(records), writing);
          reading.commitSync(LIMIT);
          Duration cpu = Duration.ofNanos(THREADS.getCurrentThreadCpuTime() - cpuBefore);
          long now = System.nanoTime();
          Duration rest =
              leftover.restAfter(
                  cpu, Duration.ofNanos(now - asked), Duration.ofNanos(now - rested));
          asked = now;
          TimeUnit.MILLISECONDS.sleep(rest.toMillis());
          rested = System.nanoTime();
        }
      }
    } finally {
      consumer = null;
    }
  }

  private Map<String, Object> consumerSettings() {
    Map<String, Object> settings = new HashMap<>(setup.clientSettings());
    settings.put(ConsumerConfig.GROUP_ID_CONFIG, ConsumerGroups.SCORER_SHADOW);
    // What came before it is for models/compare.
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "latest");
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    settings.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, BATCH);
    return settings;
  }

  private Map<String, Object> producerSettings() {
    Map<String, Object> settings = new HashMap<>(setup.clientSettings());
    settings.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
    settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, LIMIT.toMillis());
    return settings;
  }

  private void awaitFreeCore() throws InterruptedException {
    long end = System.nanoTime() + LONGEST_WAIT_FOR_A_CORE.toNanos();
    while (!stopping && setup.busy().getAsInt() >= setup.cores() && System.nanoTime() - end < 0) {
      TimeUnit.MILLISECONDS.sleep(LOOK_FOR_A_CORE.toMillis());
    }
  }

  private void skipWhatIsTooMuch(KafkaConsumer<byte[], byte[]> reading) {
    long behind = 0;
    for (TopicPartition partition : reading.assignment()) {
      OptionalLong of = reading.currentLag(partition);
      long tickets = of.orElse(0);
      if (tickets > setup.maxLag()) {
        reading.seek(partition, reading.position(partition) + tickets);
        skipped.increment(tickets);
        untold += tickets;
        tickets = 0;
      }
      behind += tickets;
    }
    lag.set(behind);
    if (untold > 0 && System.nanoTime() - toldNanos > TELL_OF_SKIPPED.toNanos()) {
      log.info(
          "The shadow model was too far behind and skipped {} tickets; it goes on with the newest",
          untold);
      untold = 0;
      toldNanos = System.nanoTime();
    }
  }

  private List<ScoredTicket> score(ConsumerRecords<byte[], byte[]> records) {
    List<PendingTicket> tickets = new ArrayList<>();
    Instant readAt = clock.instant();
    for (ConsumerRecord<byte[], byte[]> record : records) {
      try {
        tickets.add(ticket(record, readAt));
      } catch (InvalidTicket e) {
        // The first model's pipeline says what is wrong with it.
        rejected.increment();
      }
    }
    ScoringEngine loaded = engine;
    if (tickets.isEmpty() || loaded == null) {
      return List.of();
    }
    Instant flushedAt = clock.instant();
    ScoredBatch batch = loaded.score(tickets.stream().map(PendingTicket::text).toList());
    Instant scoredAt = clock.instant();
    List<ScoredTicket> results = new ArrayList<>();
    for (int i = 0; i < tickets.size(); i++) {
      if (batch.verdicts().get(i) instanceof Verdict.Scored verdict) {
        // Neither text nor hash: then an erasure has nothing to look for here.
        results.add(
            tickets.get(i).scored(verdict, batch, flushedAt, scoredAt, false).withoutTextAndHash());
      } else {
        rejected.increment();
      }
    }
    return results;
  }

  private PendingTicket ticket(ConsumerRecord<byte[], byte[]> record, Instant readAt)
      throws InvalidTicket {
    Ticket ticket =
        Ticket.fromRecord(
            record.key(),
            record.value(),
            record.topic(),
            record.partition(),
            record.offset(),
            setup.textMaxChars(),
            setup.redaction());
    return PendingTicket.of(
        ticket,
        Rejection.Original.of(null, false, setup.redaction()),
        record.headers(),
        Instant.ofEpochMilli(Math.max(0, record.timestamp())),
        readAt,
        record.topic(),
        record.partition(),
        record.offset());
  }

  private void publish(List<ScoredTicket> results, KafkaProducer<byte[], byte[]> writing)
      throws InterruptedException, ExecutionException, TimeoutException {
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    for (ScoredTicket result : results) {
      // No headers: nobody waits for this, and it is no part of the ticket's trace.
      sent.add(
          writing.send(
              new ProducerRecord<>(
                  Topics.SHADOW,
                  result.taskId().getBytes(StandardCharsets.UTF_8),
                  EventJson.write(result))));
    }
    for (Future<RecordMetadata> one : sent) {
      one.get(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
      scored.increment();
    }
  }
}
