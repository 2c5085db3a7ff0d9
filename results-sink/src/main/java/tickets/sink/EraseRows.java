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
 * Blanks what PostgreSQL holds of erased tickets' texts, and notes that they are erased: see {@link
 * ErasureTable}. Returns when PostgreSQL has done so, and only then are the offsets committed.
 */
final class EraseRows {

  static final String GROUP = ConsumerGroups.SINK_ERASURES_POSTGRES;

  private static final Logger log = LoggerFactory.getLogger(EraseRows.class);

  private final Postgres postgres;
  private final ErasureTable table;
  private final SinkMeters meters;

  EraseRows(Postgres postgres, ErasureTable table, SinkMeters meters) {
    this.postgres = postgres;
    this.table = table;
    this.meters = meters;
  }

  @KafkaListener(id = GROUP, clientIdPrefix = GROUP, topics = Topics.ERASURES)
  void erase(List<ConsumerRecord<byte[], byte[]>> records) {
    long start = System.nanoTime();
    List<ReceivedErasure> erasures = ReceivedErasure.read(records, meters, Level.WARN);
    if (!erasures.isEmpty()) {
      postgres.inTransaction(connection -> table.erase(connection, erasures));
    }
    meters.wrote(records.size(), Duration.ofNanos(System.nanoTime() - start));
    erasures.forEach(
        erasure ->
            log.info(
                "Ticket {} erased from PostgreSQL as received until {}",
                erasure.taskId(),
                erasure.at()));
  }
}
