package tickets.ingest.submit;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.kafka.KafkaClientMetrics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.kafka.autoconfigure.KafkaProperties;
import org.springframework.context.SmartLifecycle;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.scheduling.concurrent.CustomizableThreadFactory;
import org.springframework.stereotype.Component;
import tickets.contract.Correction;
import tickets.contract.Erasure;
import tickets.contract.EventJson;
import tickets.contract.ExplanationRequest;
import tickets.contract.Lane;
import tickets.contract.Ticket;
import tickets.contract.TicketHeaders;
import tickets.contract.TopicRetention;
import tickets.contract.Topics;
import tickets.ingest.IngestMeters;
import tickets.ingest.IngestProperties;
import tickets.ingest.answer.Acceptance;

/**
 * [3] of a ticket's path: the only producer. A ticket counts as published when the broker has it on
 * all in-sync replicas, or not at all within the limits below, which keep "Kafka is down" an answer
 * of under two seconds.
 */
@Component
public final class TicketsTopic implements SmartLifecycle {

  private static final Logger log = LoggerFactory.getLogger(TicketsTopic.class);

  /** How long a send may wait for metadata or buffer space. */
  private static final Duration MAX_BLOCK = Duration.ofSeconds(1);

  /** How long the broker's confirmation may take, retries included. */
  private static final Duration DELIVERY_LIMIT = Duration.ofMillis(1500);

  /** Leaves room for one retry within {@link #DELIVERY_LIMIT}. */
  private static final Duration REQUEST_LIMIT = Duration.ofSeconds(1);

  /** A broker that confirmed something this short a time ago is up. */
  private static final Duration ANSWERS_LATELY = Duration.ofMillis(500);

  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(2);
  private static final Duration TOPICS_LIMIT = Duration.ofSeconds(15);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

  /** Sends return at once while Kafka is well; a few may block for {@link #MAX_BLOCK}. */
  private static final int SENDERS = 4;

  private static final int SEND_QUEUE = 10_000;

  /**
   * Where they come faster than this after one another records are sent so far apart, together: a
   * request to the broker costs both sides as much with one as with ten, and a batch that is being
   * scored takes longer.
   */
  private static final Duration APART = Duration.ofMillis(10);

  /** Tickets may be apart by this part of what they usually wait for their scores. */
  private static final int PART_OF_WAIT = 10;

  private static final Duration MOST_APART = Duration.ofMillis(50);

  private final KafkaProperties kafka;
  private final short replicationFactor;
  private final TopicRetention retention;
  private final IngestMeters meters;
  private final MeterRegistry registry;
  private final SentTogether together;
  private volatile @Nullable Producer<String, byte[]> producer;

  /** Of each lane's topic. One that gets more of them is looked at anew at the next start. */
  private volatile Map<Lane, Integer> partitions = Map.of();

  private volatile long answeredNanos = System.nanoTime() - ANSWERS_LATELY.toNanos();
  private volatile boolean running;
  private @Nullable Thread opening;
  private @Nullable KafkaClientMetrics clientMetrics;

  TicketsTopic(
      KafkaProperties kafka,
      IngestProperties properties,
      IngestMeters meters,
      MeterRegistry registry) {
    this.kafka = kafka;
    this.replicationFactor = properties.replicationFactor();
    this.retention = properties.retention();
    this.meters = meters;
    this.registry = registry;
    CustomizableThreadFactory threads = new CustomizableThreadFactory("tickets-topic-");
    threads.setDaemon(true);
    this.together = new SentTogether(SENDERS, SEND_QUEUE, threads);
  }

  /** The ticket can't be handed to the broker; the message says why. */
  static final class NotPublished extends Exception {
    NotPublished(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  /**
   * Publishes a ticket, from a thread of its own.
   *
   * @param lane that it goes by
   * @param usualWait how long a ticket takes there from its acknowledgement to its outcome
   * @param replyChannel where the outcome is to be announced
   * @return the broker's acknowledgement, or {@link NotPublished}; a ticket that failed may still
   *     turn up on the topic
   */
  CompletableFuture<Acceptance> publish(
      Lane lane, Duration usualWait, Ticket ticket, String replyChannel, TraceContext trace) {
    return publish(record(lane, ticket, replyChannel, trace), apart(usualWait));
  }

  private static Duration apart(Duration usualWait) {
    Duration part = usualWait.dividedBy(PART_OF_WAIT);
    if (part.compareTo(APART) < 0) {
      return APART;
    }
    return part.compareTo(MOST_APART) < 0 ? part : MOST_APART;
  }

  /**
   * Publishes an erasure on every partition, for whoever reads one partition of tickets must know
   * it: a ticket system may have chosen any of them for its ticket.
   *
   * @return the broker's time of the last one, once it has them all, or {@link NotPublished}; then
   *     some partitions may have it
   */
  public CompletableFuture<Instant> publish(Erasure erasure) {
    byte[] value = EventJson.write(erasure);
    List<CompletableFuture<Acceptance>> acknowledged = new ArrayList<>();
    for (int partition = 0; partition < Topics.PARTITIONS; partition++) {
      acknowledged.add(
          publish(new ProducerRecord<>(Topics.ERASURES, partition, erasure.taskId(), value)));
    }
    return CompletableFuture.allOf(acknowledged.toArray(CompletableFuture[]::new))
        .thenApply(
            all ->
                acknowledged.stream()
                    .map(one -> one.join().receivedAt())
                    .max(Comparator.naturalOrder())
                    .orElseThrow());
  }

  /**
   * Publishes a correction. All of a ticket's stand on one partition, in the order in which they
   * were made.
   *
   * @return the broker's acknowledgement, or {@link NotPublished}
   */
  public CompletableFuture<Acceptance> publish(Correction correction) {
    return publish(
        new ProducerRecord<>(Topics.CORRECTIONS, correction.taskId(), EventJson.write(correction)));
  }

  /**
   * Publishes a question for an explanation.
   *
   * @param replyChannel where the answer is to be announced
   * @return the broker's acknowledgement, or {@link NotPublished}
   */
  public CompletableFuture<Acceptance> publish(ExplanationRequest request, String replyChannel) {
    ProducerRecord<String, byte[]> record =
        new ProducerRecord<>(
            Topics.EXPLANATION_REQUESTS, request.requestId(), EventJson.write(request));
    record.headers().add(TicketHeaders.REPLY_CHANNEL, ascii(replyChannel));
    return publish(record);
  }

  private CompletableFuture<Acceptance> publish(ProducerRecord<String, byte[]> record) {
    return publish(record, APART);
  }

  private CompletableFuture<Acceptance> publish(
      ProducerRecord<String, byte[]> record, Duration apart) {
    CompletableFuture<Acceptance> result = new CompletableFuture<>();
    long begun = System.nanoTime();
    if (!together.offer(apart, () -> send(record, begun, result))) {
      result.completeExceptionally(new NotPublished("too many tickets wait for Kafka", null));
    }
    return result;
  }

  /**
   * The partition of a lane's topic that a ticket with this id is put on; as long as Kafka has not
   * been reached, 0.
   */
  int partitionOf(Lane lane, String taskId) {
    return BuiltInPartitioner.partitionForKey(
        taskId.getBytes(StandardCharsets.UTF_8), partitions.getOrDefault(lane, 1));
  }

  /** Whether the broker confirms tickets at the moment, however slowly. */
  boolean isAnswering() {
    return System.nanoTime() - answeredNanos < ANSWERS_LATELY.toNanos();
  }

  private void send(
      ProducerRecord<String, byte[]> record, long begun, CompletableFuture<Acceptance> result) {
    Producer<String, byte[]> open = producer;
    if (open == null) {
      result.completeExceptionally(new NotPublished("Kafka has not been reached yet", null));
      return;
    }
    if (System.nanoTime() - begun > MAX_BLOCK.toNanos()) {
      // It stood in the queue behind sends that block; its caller is about to be answered.
      result.completeExceptionally(new NotPublished("Kafka does not answer", null));
      return;
    }
    try {
      open.send(
          record,
          (metadata, error) -> {
            if (error != null) {
              result.completeExceptionally(new NotPublished(error.toString(), error));
              return;
            }
            answeredNanos = System.nanoTime();
            meters.published(Duration.ofNanos(System.nanoTime() - begun));
            result.complete(
                new Acceptance(
                    metadata.topic(),
                    metadata.partition(),
                    metadata.offset(),
                    Instant.ofEpochMilli(metadata.timestamp())));
          });
    } catch (RuntimeException e) {
      result.completeExceptionally(new NotPublished(e.toString(), e));
    }
  }

  private static ProducerRecord<String, byte[]> record(
      Lane lane, Ticket ticket, String replyChannel, TraceContext trace) {
    ProducerRecord<String, byte[]> record =
        new ProducerRecord<>(lane.topic(), ticket.taskId(), EventJson.write(ticket));
    Headers headers = record.headers();
    headers.add(TicketHeaders.REPLY_CHANNEL, ascii(replyChannel));
    headers.add(TicketHeaders.TRACEPARENT, ascii(trace.traceparent()));
    String tracestate = trace.tracestate();
    if (tracestate != null) {
      headers.add(TicketHeaders.TRACESTATE, ascii(tracestate));
    }
    return record;
  }

  private static byte[] ascii(String value) {
    return value.getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * Creates the topics if need be and opens the producer, trying for as long as it takes. The
   * producer is not used before every partition has a leader: an idempotent one that is can lock
   * itself into out-of-order retries.
   */
  private void open() {
    Duration pause = FIRST_PAUSE;
    while (running) {
      try {
        try (Admin admin = Admin.create(adminSettings())) {
          Topics.create(admin, replicationFactor, retention, TOPICS_LIMIT)
              .forEach(change -> log.info("Topic {}", change));
        }
        KafkaProducer<String, byte[]> opened =
            new KafkaProducer<>(
                producerSettings(kafka), new StringSerializer(), new ByteArraySerializer());
        Map<Lane, Integer> counted = new EnumMap<>(Lane.class);
        for (Lane lane : Lane.values()) {
          counted.put(lane, opened.partitionsFor(lane.topic()).size());
        }
        partitions = counted;
        clientMetrics = new KafkaClientMetrics(opened);
        clientMetrics.bindTo(registry);
        producer = opened;
        log.info("Kafka answers at {}: tickets are accepted", kafka.getBootstrapServers());
        return;
      } catch (RuntimeException e) {
        if (!running) {
          return;
        }
        log.warn(
            "Kafka can't be used at {} yet, next try in {} ms: {}",
            kafka.getBootstrapServers(),
            pause.toMillis(),
            NestedExceptionUtils.getMostSpecificCause(e).getMessage());
      }
      try {
        TimeUnit.MILLISECONDS.sleep(pause.toMillis());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
      Duration longer = pause.multipliedBy(2);
      pause = longer.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : longer;
    }
  }

  private Map<String, Object> adminSettings() {
    return new HashMap<>(kafka.buildAdminProperties());
  }

  static Map<String, Object> producerSettings(KafkaProperties kafka) {
    Map<String, Object> settings = new HashMap<>(kafka.buildProducerProperties());
    settings.remove(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG);
    settings.remove(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG);
    settings.put(ProducerConfig.CLIENT_ID_CONFIG, "ingest-api");
    settings.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    settings.put(ProducerConfig.ACKS_CONFIG, "all");
    // A lone ticket leaves at once; under load SentTogether gathers them.
    settings.put(ProducerConfig.LINGER_MS_CONFIG, 0);
    settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, MAX_BLOCK.toMillis());
    settings.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, (int) DELIVERY_LIMIT.toMillis());
    settings.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, (int) REQUEST_LIMIT.toMillis());
    settings.put(ProducerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, 500L);
    return settings;
  }

  @Override
  public void start() {
    running = true;
    opening = new Thread(this::open, "tickets-topic-open");
    opening.setDaemon(true);
    opening.start();
  }

  /** After the HTTP server: it has no calls any more. */
  @Override
  public void stop() {
    running = false;
    if (opening != null) {
      opening.interrupt();
    }
    together.close();
    Producer<String, byte[]> open = producer;
    producer = null;
    if (open != null) {
      open.close(CLOSE_LIMIT);
    }
    if (clientMetrics != null) {
      clientMetrics.close();
    }
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  /** Below the HTTP server's, so that this starts before it and stops after it. */
  @Override
  public int getPhase() {
    return 0;
  }
}
