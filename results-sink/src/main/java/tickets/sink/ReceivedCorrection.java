package tickets.sink;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import tickets.contract.Correction;

/** A correction, with the broker's time, and where it stands. */
record ReceivedCorrection(Correction correction, String topic, int partition, long offset) {

  private static final Logger log = LoggerFactory.getLogger(ReceivedCorrection.class);

  /**
   * The corrections of a batch in its order. A record that is none is logged, counted and left out.
   *
   * @param complaint the level at which such a record is logged: two groups read each
   */
  static List<ReceivedCorrection> read(
      List<ConsumerRecord<byte[], byte[]>> records, SinkMeters meters, Level complaint) {
    List<ReceivedCorrection> read = new ArrayList<>(records.size());
    for (ConsumerRecord<byte[], byte[]> record : records) {
      try {
        Instant brokerTime = Instant.ofEpochMilli(record.timestamp());
        read.add(
            new ReceivedCorrection(
                Correction.fromRecord(record.key(), record.value(), brokerTime),
                record.topic(),
                record.partition(),
                record.offset()));
      } catch (IOException e) {
        meters.unreadable();
        log.atLevel(complaint)
            .log("Skipped {}: no correction stands there", ReceivedOutcome.position(record));
      }
    }
    return read;
  }

  /** The rule by which one correction of a ticket replaces another; SQL and Redis have the same. */
  boolean isNewerThan(ReceivedCorrection other) {
    int later = correction.correctedAt().compareTo(other.correction.correctedAt());
    return later > 0 || (later == 0 && offset > other.offset);
  }

  /** One for each ticket, the newest. */
  static Collection<ReceivedCorrection> newestById(List<ReceivedCorrection> corrections) {
    Map<String, ReceivedCorrection> newest = new HashMap<>();
    for (ReceivedCorrection one : corrections) {
      newest.merge(one.correction.taskId(), one, (a, b) -> b.isNewerThan(a) ? b : a);
    }
    return newest.values();
  }
}
