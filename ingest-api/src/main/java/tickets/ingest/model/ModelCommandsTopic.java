package tickets.ingest.model;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.boot.kafka.autoconfigure.KafkaProperties;
import org.springframework.scheduling.concurrent.CustomizableThreadFactory;
import org.springframework.stereotype.Component;
import tickets.contract.EventJson;
import tickets.contract.ModelCommand;
import tickets.contract.Topics;

/**
 * Writes commands, each numbered one higher than the one before it, whichever instance writes.
 *
 * <p>Two instances must not give two commands the same number. All use one transactional id, so
 * Kafka sees to that: who begins a command shuts out whoever had begun one before, and only then
 * reads the topic to its end. What is read there can't change before the own command is committed,
 * or the commit fails.
 */
@Component
final class ModelCommandsTopic implements DisposableBean {

  private static final Logger log = LoggerFactory.getLogger(ModelCommandsTopic.class);

  /** The same for all instances. Public API: access rights hang on it. */
  static final String TRANSACTIONAL_ID = "ingest-api-model-commands";

  /** For each step; people wait for this, and not many. */
  private static final Duration LIMIT = Duration.ofSeconds(3);

  private static final Duration POLL = Duration.ofMillis(200);

  private final KafkaProperties kafka;
  private final ThreadPoolExecutor writer;

  ModelCommandsTopic(KafkaProperties kafka) {
    this.kafka = kafka;
    CustomizableThreadFactory threads = new CustomizableThreadFactory("model-commands-");
    threads.setDaemon(true);
    writer = new ThreadPoolExecutor(0, 1, 1, TimeUnit.MINUTES, new SynchronousQueue<>(), threads);
  }

  /** Another command is being given at this moment. */
  static final class AnotherCommand extends Exception {
    AnotherCommand(@Nullable Throwable cause) {
      super("Another command is being given", cause);
    }
  }

  /**
   * Writes a command, from a thread of its own.
   *
   * @param command makes it from the newest one, null if there is none; may throw
   * @return the command, once all in-sync replicas have it; or {@link AnotherCommand}, what {@code
   *     command} threw, or what Kafka did
   */
  CompletableFuture<ModelCommand> write(Function<@Nullable ModelCommand, ModelCommand> command) {
    CompletableFuture<ModelCommand> result = new CompletableFuture<>();
    try {
      writer.execute(
          () -> {
            try {
              result.complete(writeNow(command));
            } catch (ProducerFencedException | InvalidProducerEpochException e) {
              result.completeExceptionally(new AnotherCommand(e));
            } catch (Exception e) {
              result.completeExceptionally(e);
            }
          });
    } catch (RejectedExecutionException e) {
      result.completeExceptionally(new AnotherCommand(e));
    }
    return result;
  }

  private ModelCommand writeNow(Function<@Nullable ModelCommand, ModelCommand> command)
      throws ExecutionException, InterruptedException, TimeoutException {
    try (KafkaProducer<String, byte[]> producer =
        new KafkaProducer<>(
            producerSettings(), new StringSerializer(), new ByteArraySerializer())) {
      producer.initTransactions();
      ModelCommand next = command.apply(newest());
      producer.beginTransaction();
      try {
        var sent =
            producer.send(
                new ProducerRecord<>(Topics.COMMANDS, ModelCommand.KEY, EventJson.write(next)));
        sent.get(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        producer.commitTransaction();
        return next;
      } catch (ExecutionException e) {
        if (e.getCause() instanceof ProducerFencedException fenced) {
          throw fenced;
        }
        if (e.getCause() instanceof InvalidProducerEpochException fenced) {
          throw fenced;
        }
        producer.abortTransaction();
        throw e;
      }
    }
  }

  private @Nullable ModelCommand newest() throws TimeoutException {
    long end = System.nanoTime() + LIMIT.toNanos();
    ModelCommand newest = null;
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            consumerSettings(kafka, LIMIT),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      List<TopicPartition> partitions = partitions(consumer, Topics.COMMANDS);
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (ends.entrySet().stream()
          .anyMatch(at -> consumer.position(at.getKey()) < at.getValue())) {
        if (System.nanoTime() - end > 0) {
          throw new TimeoutException("The commands could not be read in time");
        }
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          newest = newer(newest, record);
        }
      }
    }
    return newest;
  }

  /** The record's command, if it is one, and newer. */
  static @Nullable ModelCommand newer(
      @Nullable ModelCommand than, ConsumerRecord<byte[], byte[]> record) {
    try {
      ModelCommand command = ModelCommand.fromRecord(record.value());
      return than == null || command.epoch() > than.epoch() ? command : than;
    } catch (IOException e) {
      log.warn(
          "Skipped a record of {} ({}@{}): no command stands there",
          record.topic(),
          record.partition(),
          record.offset());
      return than;
    }
  }

  static List<TopicPartition> partitions(KafkaConsumer<byte[], byte[]> consumer, String topic) {
    return consumer.partitionsFor(topic).stream()
        .map(info -> new TopicPartition(info.topic(), info.partition()))
        .toList();
  }

  /** Of a consumer that reads whole topics, and so is in no group. */
  static Map<String, Object> consumerSettings(KafkaProperties kafka, Duration limit) {
    Map<String, Object> settings = new HashMap<>(kafka.buildConsumerProperties());
    settings.remove(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG);
    settings.remove(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG);
    settings.remove(ConsumerConfig.GROUP_ID_CONFIG);
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    settings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    settings.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) limit.toMillis());
    return settings;
  }

  private Map<String, Object> producerSettings() {
    Map<String, Object> settings = new HashMap<>(kafka.buildProducerProperties());
    settings.remove(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG);
    settings.remove(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG);
    settings.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, TRANSACTIONAL_ID);
    settings.put(ProducerConfig.ACKS_CONFIG, "all");
    settings.put(ProducerConfig.LINGER_MS_CONFIG, 0);
    settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, LIMIT.toMillis());
    settings.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, (int) LIMIT.toMillis());
    settings.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, (int) LIMIT.toMillis());
    // Who died over a command holds up the next readers for no longer than this.
    settings.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, (int) LIMIT.multipliedBy(5).toMillis());
    return settings;
  }

  @Override
  public void destroy() {
    writer.shutdown();
  }
}
