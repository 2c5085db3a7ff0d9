package tickets.scorer;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.streams.StreamsConfig;
import tickets.contract.Lane;
import tickets.scorer.batch.BatchLimits;

/** How Kafka Streams is set, and why. What is not here stays at Kafka's default. */
final class StreamsSettings {

  /** How long a result may wait for its commit while batches are full. */
  private static final Duration COMMIT_INTERVAL = Duration.ofMillis(100);

  /**
   * How long a transaction may be open. A thread can't commit while it scores: see {@code
   * BatchLimits.LONGEST_FLUSH}.
   */
  private static final Duration TRANSACTION_TIMEOUT = Duration.ofSeconds(60);

  /** After this long without a heartbeat a killed scorer's partitions go to another. */
  private static final Duration SESSION_TIMEOUT = Duration.ofSeconds(10);

  /**
   * Half of it is for how long Kafka Streams hands records to the batches before it polls again,
   * however many it has: with the batch under way then, polls are at most 2.5 s and {@code
   * BatchLimits.LONGEST_FLUSH} apart, within the session. They must be. From its call to join a
   * rebalance until the poll that reads the answer a consumer sends no heartbeats, and the session
   * runs from the moment of the answer: a thread that was scoring two batches of 7 s by then was
   * dropped from the group.
   *
   * <p>The consumer itself is told {@link PatientConsumer#MAX_POLL_INTERVAL}.
   */
  static final Duration BETWEEN_POLLS = BatchLimits.LONGEST_FLUSH;

  /** Kafka Streams' own default; a thread that polls sees a stop or a commit only afterwards. */
  private static final Duration LONGEST_POLL = Duration.ofMillis(100);

  /**
   * A commit sends what is there, so this delays nothing; with Kafka's 16 KiB some twenty results
   * make a batch, and the broker works by batches.
   */
  private static final int PRODUCER_BATCH_BYTES = 128 * 1024;

  private StreamsSettings() {}

  /**
   * @param lane its group's name is the application's id: offsets and the batch store hang on it
   */
  static Map<String, Object> of(Lane lane, ScorerProperties scorer, int threads) {
    Map<String, Object> settings = new HashMap<>();
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, lane.scorerGroup());
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, scorer.kafkaBootstrapServers());
    // Kafka Streams hands them on to every client it makes.
    settings.putAll(scorer.kafka().clientSettings());
    settings.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, scorer.replicationFactor());
    settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, threads);
    settings.put(StreamsConfig.STATE_DIR_CONFIG, scorer.stateDir().toString());
    settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, COMMIT_INTERVAL.toMillis());
    // Shorter while tickets wait: see PatientConsumer.
    settings.put(StreamsConfig.POLL_MS_CONFIG, LONGEST_POLL.toMillis());
    // Kafka Streams' default, on which it rests that erasures are read first: see EraseTickets.
    settings.put(StreamsConfig.MAX_TASK_IDLE_MS_CONFIG, 0L);
    // The store holds one batch: a new instance may have its partitions at once. By default Kafka
    // Streams first lets it warm up and looks again after ten minutes.
    settings.put(StreamsConfig.ACCEPTABLE_RECOVERY_LAG_CONFIG, Long.MAX_VALUE);

    // Two batches: one to score while the next is fetched.
    consumer(settings, ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 2 * scorer.batchMaxTickets());
    consumer(settings, ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, (int) SESSION_TIMEOUT.toMillis());
    consumer(
        settings,
        ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG,
        (int) SESSION_TIMEOUT.dividedBy(3).toMillis());
    consumer(settings, ConsumerConfig.MAX_POLL_INTERVAL_MS_CONFIG, (int) BETWEEN_POLLS.toMillis());
    producer(
        settings, ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, (int) TRANSACTION_TIMEOUT.toMillis());
    producer(settings, ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
    producer(settings, ProducerConfig.BATCH_SIZE_CONFIG, PRODUCER_BATCH_BYTES);
    return settings;
  }

  private static void consumer(Map<String, Object> settings, String name, Object value) {
    settings.put(StreamsConfig.mainConsumerPrefix(name), value);
  }

  private static void producer(Map<String, Object> settings, String name, Object value) {
    settings.put(StreamsConfig.producerPrefix(name), value);
  }
}
