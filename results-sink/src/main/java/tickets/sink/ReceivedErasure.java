package tickets.sink;

import java.io.IOException;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import tickets.contract.Erasure;

/**
 * A ticket to be forgotten.
 *
 * @param at what was received until then
 */
record ReceivedErasure(String taskId, Instant at) {

  private static final Logger log = LoggerFactory.getLogger(ReceivedErasure.class);

  /**
   * The erasures of a batch, one for each ticket, the latest, ordered by id; each comes once from
   * every partition. A record that is none is logged, counted and left out.
   *
   * @param complaint the level at which such a record is logged: two groups read each
   */
  static List<ReceivedErasure> read(
      List<ConsumerRecord<byte[], byte[]>> records, SinkMeters meters, Level complaint) {
    Map<String, ReceivedErasure> latest = new HashMap<>();
    for (ConsumerRecord<byte[], byte[]> record : records) {
      try {
        Erasure erasure = Erasure.fromRecord(record.key(), record.value());
        ReceivedErasure received =
            new ReceivedErasure(
                erasure.taskId(), erasure.erasedAt(Instant.ofEpochMilli(record.timestamp())));
        latest.merge(received.taskId(), received, (a, b) -> b.at().isAfter(a.at()) ? b : a);
      } catch (IOException e) {
        meters.unreadable();
        log.atLevel(complaint)
            .log("Skipped {}: no erasure stands there", ReceivedOutcome.position(record));
      }
    }
    return latest.values().stream().sorted(Comparator.comparing(ReceivedErasure::taskId)).toList();
  }
}
