package tickets.sink;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.event.EventListener;
import org.springframework.kafka.event.ListenerContainerIdleEvent;

/**
 * Commits where a group stands once it has nothing more to do. Markers of transactions take offsets
 * too, and a listener, which commits what it was given, would leave its group with a lag that
 * nobody can work off.
 *
 * <p>Spring's own {@code fixTxOffsets} does so at every poll, however busy the group is: an eighth
 * of the broker's requests at 150 tickets a second, and the listener waits for each
 * (docs/performance.md).
 */
final class IdleGroups {

  private static final Logger log = LoggerFactory.getLogger(IdleGroups.class);

  /** Without a record for so long, a group is idle. */
  static final Duration AFTER = Duration.ofSeconds(1);

  private static final Duration LIMIT = Duration.ofSeconds(2);

  private final Map<String, Map<TopicPartition, OffsetAndMetadata>> committed =
      new ConcurrentHashMap<>();

  /**
   * On the listener's thread, between two polls, the last of which brought nothing: whatever is
   * before the consumer's position is in the store.
   */
  @EventListener
  void onIdle(ListenerContainerIdleEvent event) {
    Consumer<?, ?> consumer = event.getConsumer();
    try {
      Map<TopicPartition, OffsetAndMetadata> here = new HashMap<>();
      for (TopicPartition partition : consumer.assignment()) {
        here.put(partition, new OffsetAndMetadata(consumer.position(partition, LIMIT)));
      }
      if (!here.isEmpty() && !here.equals(committed.get(event.getListenerId()))) {
        consumer.commitSync(here, LIMIT);
        committed.put(event.getListenerId(), here);
      }
    } catch (KafkaException e) {
      // Nothing is lost by it, and the next idle second tries again.
      log.debug("Where the idle group {} stands was not committed", event.getListenerId(), e);
    }
  }
}
