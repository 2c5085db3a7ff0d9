package tickets.scorer.erase;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.TimestampExtractor;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tickets.contract.Erasure;
import tickets.contract.Outcome;
import tickets.contract.TopicRetention;

/**
 * Reads erasures: remembers each, so that whatever is read of such a ticket from then on leaves
 * without its text, and puts a tombstone on the results topic, so that compaction removes what left
 * with it before.
 *
 * <p>Erasures must be known before the tickets that they are about, also when both topics are read
 * again from their beginning. Kafka Streams takes the record with the lowest time first of those
 * that a task has at hand, and with {@code max.task.idle.ms} at 0 it does not start on any before
 * it has all that the broker has for it. So erasures are given times that are lower than any
 * ticket's: see {@link #first}. The sources are one sub-topology for that, and every partition of
 * the topic holds all erasures.
 */
public final class EraseTickets extends ContextualProcessor<byte[], byte[], String, Outcome> {
  private static final Logger log = LoggerFactory.getLogger(EraseTickets.class);

  /** Half a century: nobody's tickets are as old. */
  private static final long EARLIER_MILLIS = Duration.ofDays(50 * 365).toMillis();

  private static final Duration LOOK_FOR_OLD = Duration.ofHours(1);

  private final TopicRetention retention;
  private final InstantSource clock;
  private @Nullable ErasedTickets erased;

  public EraseTickets(TopicRetention retention, InstantSource clock) {
    this.retention = retention;
    this.clock = clock;
  }

  /** The time of an erasure's record as Kafka Streams shall see it. */
  public static TimestampExtractor first(TimestampExtractor receipt) {
    return (ConsumerRecord<Object, Object> record, long partitionTime) ->
        Math.max(0, receipt.extract(record, partitionTime) - EARLIER_MILLIS);
  }

  @Override
  public void init(ProcessorContext<String, Outcome> context) {
    super.init(context);
    erased = new ErasedTickets(context.getStateStore(ErasedTickets.STORE));
    context.schedule(LOOK_FOR_OLD, PunctuationType.WALL_CLOCK_TIME, now -> forgetOld(now));
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    Erasure erasure;
    try {
      erasure = Erasure.fromRecord(record.key(), record.value());
    } catch (IOException e) {
      log.warn(
          "Skipped a record of {} ({}): no erasure stands there",
          context().recordMetadata().map(RecordMetadata::topic).orElse("ticket-erasures"),
          context()
              .recordMetadata()
              .map(at -> at.partition() + "@" + at.offset())
              .orElse("position unknown"));
      return;
    }
    Instant at =
        erasure.erasedAt(Instant.ofEpochMilli(record.timestamp()).plusMillis(EARLIER_MILLIS));
    erased().erase(erasure.taskId(), at);
    // Each partition's task says so.
    log.debug(
        "Ticket {} erased: what was received of it until {} leaves without its text",
        erasure.taskId(),
        at);
    context().forward(new Record<>(erasure.taskId(), null, clock.millis()));
  }

  /** An erasure that outlived every record it is about has nothing left to do. */
  private void forgetOld(long now) {
    int forgotten = erased().forgetBefore(Instant.ofEpochMilli(now).minus(retention.erasures()));
    if (forgotten > 0) {
      log.info("{} erasures are older than any ticket and were dropped", forgotten);
    }
  }

  private ErasedTickets erased() {
    if (erased == null) {
      throw new IllegalStateException("Kafka Streams calls init() first");
    }
    return erased;
  }
}
