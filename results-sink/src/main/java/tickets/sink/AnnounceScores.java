package tickets.sink;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.springframework.kafka.annotation.KafkaListener;
import tickets.contract.ConsumerGroups;
import tickets.contract.Topics;

/**
 * [10] of a ticket's path: puts every outcome into Redis and publishes it to who waits for it. Has
 * a consumer group of its own, so a caller never waits for PostgreSQL.
 *
 * <p>Returns when Redis has the batch, and only then are its offsets committed.
 */
final class AnnounceScores {

  static final String GROUP = ConsumerGroups.SINK_REDIS;

  private static final Logger log = LoggerFactory.getLogger(AnnounceScores.class);

  private final ScoreCache cache;
  private final Duration timeout;
  private final SinkMeters meters;

  /**
   * @param timeout the longest a batch may take, all its commands together
   */
  AnnounceScores(ScoreCache cache, Duration timeout, SinkMeters meters) {
    this.cache = cache;
    this.timeout = timeout;
    this.meters = meters;
  }

  @KafkaListener(
      id = GROUP,
      clientIdPrefix = GROUP,
      topics = {Topics.PRIORITIES, Topics.REJECTIONS})
  void announce(List<ConsumerRecord<byte[], byte[]>> records) {
    long start = System.nanoTime();
    // StoreScores warns of what is none.
    List<ReceivedOutcome> outcomes = ReceivedOutcome.read(records, meters, Level.DEBUG);
    cache.announce(outcomes).block(timeout);
    meters.wrote(records.size(), Duration.ofNanos(System.nanoTime() - start));
    Instant now = Instant.now();
    outcomes.forEach(o -> meters.storedAt(now, o.outcome().receivedAt()));
    log.debug("Announced {} outcomes", outcomes.size());
  }
}
