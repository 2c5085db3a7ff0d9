package tickets.scorer;

import java.time.InstantSource;
import java.util.function.LongSupplier;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.TimestampExtractor;
import tickets.contract.EventJson;
import tickets.contract.Lane;
import tickets.contract.Outcome;
import tickets.contract.Redaction;
import tickets.contract.TopicRetention;
import tickets.contract.Topics;
import tickets.scorer.batch.BatchPace;
import tickets.scorer.batch.BatchScoring;
import tickets.scorer.batch.TicketBatcher;
import tickets.scorer.erase.EraseTickets;
import tickets.scorer.erase.ErasedTickets;

/**
 * [4] of a ticket's path, and the scorer's table of contents.
 *
 * <pre>
 *   topic of the lane                                 topic ticket-erasures
 *        │  bytes, as anyone may publish them                │
 *        ▼                                                   ▼
 *    [tickets]                                          [erasures]
 *        │                                                   │
 *        ▼                                                   ▼
 *  [unreadable-tickets] ──────── no ticket ────────┐   [erase-tickets] ──▶ store (erased-tickets),
 *        │  a ticket                               │         │             which the other two ask
 *        ▼                                         ▼         │
 *   [ticket-batcher] ── the model can't ──▶ [rejections] ────┼──▶ topic ticket-rejections
 *        │      ▲                                            │
 *        │      └── store (pending-tickets)                  │
 *        ▼  a priority                                       ▼  a tombstone
 *   [priorities] ◀───────────────────────────────────────────┘
 *        │
 *        ▼
 *   topic ticket-priorities
 * </pre>
 *
 * <p>There is one for each {@link Lane}, each an application of its own. Every record of its topic
 * leaves by exactly one of the two sinks, in one transaction with its offset. Erasures are read
 * before the tickets they are about: see {@link EraseTickets}.
 */
final class ScoringTopology {

  private static final String SOURCE = "tickets";
  private static final String UNREADABLE = "unreadable-tickets";
  private static final String BATCHER = "ticket-batcher";
  private static final String ERASURES = "erasures";
  private static final String ERASE = "erase-tickets";
  private static final String PRIORITIES = "priorities";
  private static final String REJECTIONS = "rejections";

  /**
   * How far ahead of this machine's clock a record's time may be. Kafka Streams stops at a record
   * without a time, and results with a time of the year 9999 can't be stored; neither can happen
   * where the topic has the broker's time, but the topic may have been made by someone else.
   */
  private static final long CLOCKS_DIFFER_MILLIS = 60 * 60 * 1000;

  private ScoringTopology() {}

  /**
   * @param lane whose tickets are scored
   * @param engine scores a batch of texts
   * @param pace says how much a batch may hold
   * @param textMaxChars code points a text may have
   * @param redaction what is masked before anything else is done with a text
   * @param withText whether outcomes carry the text
   * @param retention of the topics, which bounds what has to be remembered of erasures
   * @param clock the time of day, for events
   * @param nanoTime as {@link System#nanoTime}, for waiting
   */
  static Topology build(
      Lane lane,
      BatchScoring engine,
      BatchPace pace,
      int textMaxChars,
      Redaction redaction,
      boolean withText,
      TopicRetention retention,
      ScorerMeters meters,
      InstantSource clock,
      LongSupplier nanoTime) {
    TicketBatcher.Setup batching =
        new TicketBatcher.Setup(
            lane.topic(), engine, pace, withText, PRIORITIES, REJECTIONS, meters, clock, nanoTime);
    Serializer<Outcome> json =
        (topic, outcome) -> outcome == null ? null : EventJson.write(outcome);
    return new Topology()
        .addSource(
            AutoOffsetReset.earliest(),
            SOURCE,
            receiptTime(clock),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer(),
            lane.topic())
        .addProcessor(
            UNREADABLE,
            () ->
                new UnreadableTickets(
                    textMaxChars, redaction, withText, BATCHER, REJECTIONS, meters, clock),
            SOURCE)
        .addProcessor(BATCHER, batching.batchers(), UNREADABLE)
        .addSource(
            AutoOffsetReset.earliest(),
            ERASURES,
            EraseTickets.first(receiptTime(clock)),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer(),
            Topics.ERASURES)
        .addProcessor(ERASE, () -> new EraseTickets(retention, clock), ERASURES)
        .addStateStore(ErasedTickets.storeBuilder(), ERASE, UNREADABLE, BATCHER)
        .addSink(PRIORITIES, Topics.PRIORITIES, new StringSerializer(), json, BATCHER, ERASE)
        .addSink(REJECTIONS, Topics.REJECTIONS, new StringSerializer(), json, UNREADABLE, BATCHER);
  }

  /** When the broker got a record; now, if the record tells no possible time. */
  private static TimestampExtractor receiptTime(InstantSource clock) {
    return (record, partitionTime) -> {
      long now = clock.millis();
      long time = record.timestamp();
      return time >= 0 && time <= now + CLOCKS_DIFFER_MILLIS ? time : now;
    };
  }
}
