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
 * Stores every correction in PostgreSQL, whether its ticket is there yet or not. Returns when
 * PostgreSQL has the batch, and only then are its offsets committed.
 */
final class StoreCorrections {

  static final String GROUP = ConsumerGroups.SINK_CORRECTIONS_POSTGRES;

  private static final Logger log = LoggerFactory.getLogger(StoreCorrections.class);

  private final Postgres postgres;
  private final CorrectionTable table;
  private final SinkMeters meters;

  StoreCorrections(Postgres postgres, CorrectionTable table, SinkMeters meters) {
    this.postgres = postgres;
    this.table = table;
    this.meters = meters;
  }

  @KafkaListener(id = GROUP, clientIdPrefix = GROUP, topics = Topics.CORRECTIONS)
  void store(List<ConsumerRecord<byte[], byte[]>> records) {
    long start = System.nanoTime();
    List<ReceivedCorrection> corrections = ReceivedCorrection.read(records, meters, Level.WARN);
    if (!corrections.isEmpty()) {
      try {
        add(corrections);
      } catch (RuntimeException e) {
        if (!Postgres.refusesData(e)) {
          throw e;
        }
        corrections.forEach(this::addAlone);
      }
    }
    meters.wrote(records.size(), Duration.ofNanos(System.nanoTime() - start));
    Instant now = Instant.now();
    corrections.forEach(one -> meters.storedAt(now, one.correction().correctedAt()));
    log.debug("Stored {} corrections", corrections.size());
  }

  private void add(List<ReceivedCorrection> corrections) {
    postgres.inTransaction(connection -> table.add(connection, corrections));
  }

  /** What is refused here only a stranger can have written: ingest-api's are storable. */
  private void addAlone(ReceivedCorrection one) {
    try {
      add(List.of(one));
    } catch (RuntimeException e) {
      if (!Postgres.refusesData(e)) {
        throw e;
      }
      meters.unstorable();
      log.warn(
          "PostgreSQL refused the correction of ticket {} at {}-{}@{} (SQLSTATE {}): it is skipped."
              + " Only ingest-api should write to that topic.",
          one.correction().taskId(),
          one.topic(),
          one.partition(),
          one.offset(),
          Postgres.sqlState(e));
    }
  }
}
