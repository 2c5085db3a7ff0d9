package tickets.sink;

import java.time.Duration;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.springframework.kafka.annotation.KafkaListener;
import tickets.contract.ConsumerGroups;
import tickets.contract.Topics;

/**
 * Removes from Redis what it holds of erased tickets, and notes there that they are erased. Returns
 * when Redis has done so, and only then are the offsets committed.
 */
final class EraseFromCache {

  static final String GROUP = ConsumerGroups.SINK_ERASURES_REDIS;

  private static final Logger log = LoggerFactory.getLogger(EraseFromCache.class);

  private final ScoreCache cache;
  private final Duration timeout;
  private final SinkMeters meters;

  /**
   * @param timeout the longest a batch may take, all its commands together
   */
  EraseFromCache(ScoreCache cache, Duration timeout, SinkMeters meters) {
    this.cache = cache;
    this.timeout = timeout;
    this.meters = meters;
  }

  @KafkaListener(id = GROUP, clientIdPrefix = GROUP, topics = Topics.ERASURES)
  void erase(List<ConsumerRecord<byte[], byte[]>> records) {
    long start = System.nanoTime();
    // EraseRows warns of what is none.
    List<ReceivedErasure> erasures = ReceivedErasure.read(records, meters, Level.DEBUG);
    cache.erase(erasures).block(timeout);
    meters.wrote(records.size(), Duration.ofNanos(System.nanoTime() - start));
    log.debug("Erased {} tickets from Redis", erasures.size());
  }
}
