package tickets.scorer;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.streams.StreamsConfig;
import org.jspecify.annotations.Nullable;
import tickets.scorer.batch.TicketBatcher;

/**
 * A stream thread's consumer that lets others finish a rebalance before it asks for the next one.
 *
 * <p>When a partition moves, it takes two rebalances: in the first its owner learns that it has to
 * give it up, in the second another thread gets it. Both are made to ask for the second: the owner
 * when it has given up, and at once the one that waits. A thread that scores takes part in
 * rebalances between its batches only, and one that waits has nothing to do: it is always quicker,
 * and begins the second before the owner has had its answer to the first. So the owner never learns
 * what to give up, and as long as it has work they go on rebalancing, once a heartbeat: eight times
 * for one restarted scorer, measured.
 *
 * <p>Here the one that waits leaves it to the owner. It asks by itself only if nothing has come of
 * that for so long that the owner must be gone.
 *
 * <p>The group is patient with it in turn: see {@link #MAX_POLL_INTERVAL}. It is impatient only
 * with its polls, while tickets wait for their batch.
 */
final class PatientConsumer extends KafkaConsumer<byte[], byte[]> {

  /** How Kafka Streams begins the reason of what is held back; all else is asked for at once. */
  static final String FOLLOW_UP = "triggered followup rebalance";

  /** The longest flush, twice: see {@code BatchLimits.LONGEST_FLUSH}. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /**
   * How long the group waits for a thread that scores, in a rebalance and otherwise: a slow model
   * must not cost the thread its partitions, or it would score the same for ever. Kafka Streams is
   * told less, so that it polls sooner: {@link StreamsSettings#BETWEEN_POLLS}.
   */
  static final Duration MAX_POLL_INTERVAL = Duration.ofMinutes(10);

  private final Duration patience;
  private final int mostRecords;
  private @Nullable FollowUp waiting;

  PatientConsumer(Map<String, Object> config) {
    this(config, PATIENCE);
  }

  PatientConsumer(Map<String, Object> config, Duration patience) {
    super(ofThePatient(config), new ByteArrayDeserializer(), new ByteArrayDeserializer());
    this.patience = patience;
    mostRecords =
        Integer.parseInt(
            String.valueOf(
                config.getOrDefault(
                    ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
                    ConsumerConfig.DEFAULT_MAX_POLL_RECORDS)));
  }

  static Map<String, Object> ofThePatient(Map<String, Object> config) {
    Map<String, Object> own = new HashMap<>(config);
    String name = ConsumerConfig.MAX_POLL_INTERVAL_MS_CONFIG;
    own.put(name, (int) MAX_POLL_INTERVAL.toMillis());
    // The group's leader derives from this one how long it may take to create the changelogs.
    own.put(StreamsConfig.mainConsumerPrefix(name), (int) MAX_POLL_INTERVAL.toMillis());
    return own;
  }

  private record FollowUp(String reason, int generation, long sinceNanos) {}

  @Override
  public void enforceRebalance(String reason) {
    if (reason.startsWith(FOLLOW_UP)) {
      waiting = new FollowUp(reason, groupMetadata().generationId(), System.nanoTime());
    } else {
      super.enforceRebalance(reason);
    }
  }

  @Override
  public ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
    FollowUp followUp = waiting;
    if (followUp != null) {
      if (groupMetadata().generationId() != followUp.generation()) {
        // It has come. Should it take another, Kafka Streams asks again.
        waiting = null;
      } else if (System.nanoTime() - followUp.sinceNanos() > patience.toNanos()) {
        waiting = null;
        super.enforceRebalance(followUp.reason());
      }
    }
    if (TicketBatcher.wasAway()) {
      // Apart: by the time that one poll takes, a busy machine's can't be told from one that
      // waited.
      ConsumerRecords<byte[], byte[]> old = super.poll(Duration.ZERO);
      if (!old.isEmpty()) {
        TicketBatcher.polled(old, false);
        return old;
      }
    }
    ConsumerRecords<byte[], byte[]> records = super.poll(TicketBatcher.pollTime(timeout));
    TicketBatcher.polled(records, areAll(records));
    return records;
  }

  private boolean areAll(ConsumerRecords<byte[], byte[]> records) {
    return records.count() < mostRecords
        && records.partitions().stream()
            .allMatch(partition -> currentLag(partition).orElse(Long.MAX_VALUE) == 0);
  }
}
