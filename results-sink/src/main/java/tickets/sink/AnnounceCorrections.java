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
 * Puts every correction into Redis, so that it is seen at once and while PostgreSQL is down.
 * Returns when Redis has the batch, and only then are its offsets committed.
 */
final class AnnounceCorrections {

  static final String GROUP = ConsumerGroups.SINK_CORRECTIONS_REDIS;

  private static final Logger log = LoggerFactory.getLogger(AnnounceCorrections.class);

  private final CorrectionCache cache;
  private final Duration timeout;
  private final SinkMeters meters;

  /**
   * @param timeout the longest a batch may take, all its commands together
   */
  AnnounceCorrections(CorrectionCache cache, Duration timeout, SinkMeters meters) {
    this.cache = cache;
    this.timeout = timeout;
    this.meters = meters;
  }

  @KafkaListener(id = GROUP, clientIdPrefix = GROUP, topics = Topics.CORRECTIONS)
  void announce(List<ConsumerRecord<byte[], byte[]>> records) {
    long start = System.nanoTime();
    // StoreCorrections warns of what is none.
    List<ReceivedCorrection> corrections = ReceivedCorrection.read(records, meters, Level.DEBUG);
    cache.announce(corrections).block(timeout);
    meters.wrote(records.size(), Duration.ofNanos(System.nanoTime() - start));
    Instant now = Instant.now();
    corrections.forEach(one -> meters.storedAt(now, one.correction().correctedAt()));
    log.debug("Announced {} corrections", corrections.size());
  }
}
