package tickets.sink;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import tickets.contract.EventJson;
import tickets.contract.Outcome;
import tickets.contract.TicketId;

/** An outcome and the record that brought it. */
record ReceivedOutcome(ConsumerRecord<byte[], byte[]> record, Outcome outcome) {

  private static final Logger log = LoggerFactory.getLogger(ReceivedOutcome.class);

  /**
   * The outcomes of a batch in its order. A record that is none is logged, counted and left out: no
   * ticket is known that it could decide, so it becomes no rejection either, and one on {@code
   * ticket-rejections} can't bring forth another. A tombstone says nothing about a ticket and is
   * left out silently.
   *
   * @param complaint the level at which such a record is logged: two groups read each
   */
  static List<ReceivedOutcome> read(
      List<ConsumerRecord<byte[], byte[]>> records, SinkMeters meters, Level complaint) {
    List<ReceivedOutcome> read = new ArrayList<>(records.size());
    for (ConsumerRecord<byte[], byte[]> record : records) {
      if (record.value() == null) {
        continue;
      }
      try {
        read.add(new ReceivedOutcome(record, outcome(record.value())));
      } catch (IOException | RuntimeException e) {
        meters.unreadable();
        log.atLevel(complaint)
            .log(
                "Skipped {}: no outcome of a ticket stands there. Only the scorer and this service"
                    + " should write to that topic.",
                position(record));
        // The message may quote what stands there.
        log.debug("What is wrong with {}", position(record), e);
      }
    }
    return read;
  }

  private static Outcome outcome(byte[] json) throws IOException {
    Outcome outcome = EventJson.readOutcome(json);
    if (!TicketId.isValid(outcome.taskId())) {
      throw new IOException("task_id can't be one");
    }
    return outcome;
  }

  /** Where a record stands, for people: {@code ticket-priorities-2@17}. */
  static String position(ConsumerRecord<?, ?> record) {
    return record.topic() + "-" + record.partition() + "@" + record.offset();
  }

  /**
   * One outcome for each id, the newest, ordered by id: PostgreSQL refuses a statement that meets a
   * row twice (21000), and transactions that lock rows in one order can't lock each other out.
   */
  static <T extends Outcome> List<T> newestById(List<T> outcomes) {
    Map<String, T> newest = new HashMap<>();
    for (T outcome : outcomes) {
      newest.merge(outcome.taskId(), outcome, (a, b) -> b.isNewerThan(a) ? b : a);
    }
    return newest.values().stream().sorted(Comparator.comparing(Outcome::taskId)).toList();
  }
}
