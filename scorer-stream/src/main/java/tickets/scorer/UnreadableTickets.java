package tickets.scorer;

import java.time.Instant;
import java.time.InstantSource;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tickets.contract.InvalidTicket;
import tickets.contract.Outcome;
import tickets.contract.Redaction;
import tickets.contract.Rejection;
import tickets.contract.Ticket;
import tickets.contract.TicketHeaders;
import tickets.scorer.batch.PendingTicket;
import tickets.scorer.erase.ErasedTickets;

/**
 * Sorts out what is no ticket: such a record becomes a {@link Rejection} with its coordinates, the
 * others go on as {@link PendingTicket}s. Anyone may publish to the topic, so nothing a record can
 * hold may stop its partition.
 */
final class UnreadableTickets extends ContextualProcessor<byte[], byte[], String, Object> {
  private static final Logger log = LoggerFactory.getLogger(UnreadableTickets.class);

  private final int textMaxChars;
  private final Redaction redaction;
  private final boolean withText;
  private final String readableTo;
  private final String rejectedTo;
  private final ScorerMeters meters;
  private final InstantSource clock;
  private @Nullable ErasedTickets erased;

  /**
   * @param redaction what is masked before anything else is done with a text
   * @param withText whether rejections carry the original
   * @param readableTo the child node for tickets
   * @param rejectedTo the child node for rejections
   */
  UnreadableTickets(
      int textMaxChars,
      Redaction redaction,
      boolean withText,
      String readableTo,
      String rejectedTo,
      ScorerMeters meters,
      InstantSource clock) {
    this.textMaxChars = textMaxChars;
    this.redaction = redaction;
    this.withText = withText;
    this.readableTo = readableTo;
    this.rejectedTo = rejectedTo;
    this.meters = meters;
    this.clock = clock;
  }

  @Override
  public void init(ProcessorContext<String, Object> context) {
    super.init(context);
    erased = new ErasedTickets(context.getStateStore(ErasedTickets.STORE));
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    RecordMetadata source =
        context()
            .recordMetadata()
            .orElseThrow(() -> new IllegalStateException("A record of a topic has a position"));
    Instant now = clock.instant();
    Instant receivedAt = Instant.ofEpochMilli(record.timestamp());
    Rejection.Original original = Rejection.Original.of(record.value(), withText, redaction);
    try {
      Ticket ticket =
          Ticket.fromRecord(
              record.key(),
              record.value(),
              source.topic(),
              source.partition(),
              source.offset(),
              textMaxChars,
              redaction);
      meters.published(ticket, receivedAt);
      PendingTicket pending =
          PendingTicket.of(
              ticket,
              original,
              record.headers(),
              receivedAt,
              now,
              source.topic(),
              source.partition(),
              source.offset());
      context().forward(record.withKey(ticket.taskId()).withValue(pending), readableTo);
    } catch (InvalidTicket e) {
      String id =
          Ticket.idOfUnreadable(record.key(), source.topic(), source.partition(), source.offset());
      Rejection rejection =
          Rejection.keeping(
              original,
              id,
              e.code(),
              e.reason(),
              receivedAt,
              now,
              source.topic(),
              source.partition(),
              source.offset());
      // The message may quote the ticket, so it stays out of the log.
      log.warn(
          "Ticket {} rejected: {} ({}-{}@{})",
          id,
          e.code(),
          source.topic(),
          source.partition(),
          source.offset());
      meters.rejected(rejection);
      Outcome outcome = erased().spare(rejection);
      context()
          .forward(
              new Record<>(
                  id, outcome, now.toEpochMilli(), TicketHeaders.forward(record.headers())),
              rejectedTo);
    }
  }

  private ErasedTickets erased() {
    if (erased == null) {
      throw new IllegalStateException("Kafka Streams calls init() first");
    }
    return erased;
  }
}
