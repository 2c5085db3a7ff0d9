package tickets.scorer.explain;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import tickets.contract.ConsumerGroups;
import tickets.contract.EventJson;
import tickets.contract.Explanation;
import tickets.contract.ExplanationRequest;
import tickets.contract.TicketHeaders;
import tickets.contract.Topics;
import tickets.scorer.model.ScoringEngine;

/**
 * Reads {@link Topics#EXPLANATION_REQUESTS} and answers on {@link Topics#EXPLANATIONS}, one after
 * the other on one thread beside those that score: more questions make callers wait, not tickets. A
 * question whose caller no longer waits is passed over, so what nobody hears costs nothing.
 *
 * <p>No part of exactly-once: an answer that is lost, or given twice, costs its caller a repetition
 * or nothing.
 */
public final class AnswerExplanations implements SmartLifecycle {

  private static final Logger log = LoggerFactory.getLogger(AnswerExplanations.class);

  private static final Duration POLL = Duration.ofSeconds(1);
  private static final Duration PAUSE = Duration.ofSeconds(5);

  /** A flush of the last answer and leaving the group. */
  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(2);

  /** The explanation under way. */
  private static final Duration STOP_LIMIT = Duration.ofSeconds(5);

  private final Map<String, Object> clientSettings;
  private final Explainer explainer;
  private final int textMaxChars;
  private final InstantSource clock;
  private final ExplanationMeters meters;
  private final AtomicReference<@Nullable Consumer<byte[], byte[]>> reading =
      new AtomicReference<>();
  private volatile @Nullable Thread thread;

  /**
   * @param clientSettings how to get into Kafka
   * @param textMaxChars longer texts are not explained, as they are not scored
   */
  public AnswerExplanations(
      Map<String, Object> clientSettings,
      ScoringEngine engine,
      int textMaxChars,
      InstantSource clock,
      ExplanationMeters meters) {
    this.clientSettings = Map.copyOf(clientSettings);
    this.explainer = new Explainer(engine, clock);
    this.textMaxChars = textMaxChars;
    this.clock = clock;
    this.meters = meters;
  }

  private void run() {
    while (thread != null) {
      try {
        readUntilStopped();
      } catch (WakeupException e) {
        log.debug("Told to stop");
      } catch (KafkaException e) {
        log.warn("No explanations for {} s: {}", PAUSE.toSeconds(), e.getMessage());
        pause();
      }
    }
  }

  private void readUntilStopped() {
    Consumer<byte[], byte[]> consumer = consumer();
    Producer<byte[], byte[]> producer = producer();
    reading.set(consumer);
    try {
      consumer.subscribe(List.of(Topics.EXPLANATION_REQUESTS));
      while (thread != null) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          answer(record, producer);
        }
      }
    } finally {
      reading.set(null);
      producer.close(CLOSE_LIMIT);
      consumer.close(CloseOptions.timeout(CLOSE_LIMIT));
    }
  }

  private void answer(ConsumerRecord<byte[], byte[]> record, Producer<byte[], byte[]> producer) {
    if (thread == null || TicketHeaders.replyChannel(record.headers()).isEmpty()) {
      return;
    }
    ExplanationRequest request;
    try {
      if (record.value() == null) {
        throw new IOException("The record has no value.");
      }
      request = ExplanationRequest.read(record.value());
    } catch (IOException e) {
      log.warn(
          "Skipped {}-{}@{}: no request for an explanation stands there",
          record.topic(),
          record.partition(),
          record.offset());
      return;
    }
    Instant now = clock.instant();
    if (request.left(Instant.ofEpochMilli(record.timestamp()), now).toMillis() <= 0) {
      meters.expired();
      log.debug("Ticket {}: nobody waits for its explanation any more", request.taskId());
      return;
    }
    long start = System.nanoTime();
    Explanation explanation = explain(request);
    meters.answered(explanation.explained() != null, Duration.ofNanos(System.nanoTime() - start));
    producer.send(
        new ProducerRecord<>(
            Topics.EXPLANATIONS,
            null,
            request.requestId().getBytes(StandardCharsets.UTF_8),
            EventJson.write(explanation),
            TicketHeaders.forward(record.headers())),
        (metadata, error) -> {
          if (error != null) {
            log.warn(
                "Ticket {}: Kafka does not take its explanation: {}",
                request.taskId(),
                error.getMessage());
          }
        });
  }

  private Explanation explain(ExplanationRequest request) {
    String text = request.text();
    if (text.codePointCount(0, text.length()) > textMaxChars) {
      return Explanation.failed(request, "The text is longer than any that is scored.");
    }
    try {
      return Explanation.of(request, explainer.explain(text));
    } catch (Explainer.Unexplainable e) {
      return Explanation.failed(request, String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      // The lanes find out by themselves whether the engine is broken.
      log.warn("Ticket {}: the engine failed on its explanation", request.taskId(), e);
      return Explanation.failed(request, "The model failed. Ask again.");
    }
  }

  private Consumer<byte[], byte[]> consumer() {
    Map<String, Object> settings = new HashMap<>(clientSettings);
    settings.put(ConsumerConfig.GROUP_ID_CONFIG, ConsumerGroups.SCORER_EXPLANATIONS);
    settings.put(ConsumerConfig.CLIENT_ID_CONFIG, ConsumerGroups.SCORER_EXPLANATIONS);
    // A first question may come before this group has ever been; old ones are passed over.
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    settings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    // What one member holds, another can't answer.
    settings.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 1);
    settings.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, 10_000);
    settings.put(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, 3_000);
    return new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  private Producer<byte[], byte[]> producer() {
    Map<String, Object> settings = new HashMap<>(clientSettings);
    settings.put(ProducerConfig.CLIENT_ID_CONFIG, ConsumerGroups.SCORER_EXPLANATIONS);
    settings.put(ProducerConfig.LINGER_MS_CONFIG, 0);
    settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 5_000L);
    settings.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, 10_000);
    settings.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, 5_000);
    return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
  }

  private void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(PAUSE.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      thread = null;
    }
  }

  @Override
  public synchronized void start() {
    Thread started = new Thread(this::run, "scorer-explanations");
    thread = started;
    started.start();
  }

  /** Beside the scorers' stop, which may need most of the time that there is. */
  @Override
  public void stop(Runnable done) {
    new Thread(
            () -> {
              stop();
              done.run();
            },
            "scorer-explanations-stop")
        .start();
  }

  /** Ends the explanation under way. */
  @Override
  public synchronized void stop() {
    Thread running = thread;
    thread = null;
    if (running == null) {
      return;
    }
    Consumer<byte[], byte[]> consumer = reading.get();
    if (consumer != null) {
      consumer.wakeup();
    }
    try {
      running.join(STOP_LIMIT.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public boolean isRunning() {
    return thread != null;
  }
}
