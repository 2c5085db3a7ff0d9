package tickets.sink;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;
import org.springframework.kafka.annotation.KafkaListener;
import reactor.core.publisher.Mono;
import tickets.contract.ConsumerGroups;
import tickets.contract.TicketHeaders;
import tickets.contract.Topics;

/**
 * Publishes every explanation in Redis to who waits for it. Nothing of it is kept there: an
 * explanation is worth what its caller's time is.
 */
final class AnnounceExplanations {

  static final String GROUP = ConsumerGroups.SINK_EXPLANATIONS;

  /** Nobody waits longer; after an outage of Redis there may be many such. */
  private static final Duration LONGEST_WAIT = Duration.ofMinutes(5);

  private static final Logger log = LoggerFactory.getLogger(AnnounceExplanations.class);

  private final ReactiveStringRedisTemplate redis;
  private final Duration timeout;
  private final SinkMeters meters;

  /**
   * @param timeout the longest a batch may take, all its commands together
   */
  AnnounceExplanations(ReactiveStringRedisTemplate redis, Duration timeout, SinkMeters meters) {
    this.redis = redis;
    this.timeout = timeout;
    this.meters = meters;
  }

  @KafkaListener(id = GROUP, clientIdPrefix = GROUP, topics = Topics.EXPLANATIONS)
  void announce(List<ConsumerRecord<byte[], byte[]>> records) {
    long start = System.nanoTime();
    Instant since = Instant.now().minus(LONGEST_WAIT);
    List<ConsumerRecord<byte[], byte[]>> waitedFor =
        records.stream()
            .filter(record -> record.value() != null)
            .filter(record -> Instant.ofEpochMilli(record.timestamp()).isAfter(since))
            .toList();
    ScoreCache.all(waitedFor, this::publish).block(timeout);
    meters.wrote(records.size(), Duration.ofNanos(System.nanoTime() - start));
    log.debug("Announced {} of {} explanations", waitedFor.size(), records.size());
  }

  private Mono<Long> publish(ConsumerRecord<byte[], byte[]> record) {
    return TicketHeaders.replyChannel(record.headers())
        .map(
            channel ->
                redis.convertAndSend(channel, new String(record.value(), StandardCharsets.UTF_8)))
        .orElse(Mono.just(0L));
  }
}
