package tickets.sink;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.kafka.annotation.KafkaListener;
import tickets.contract.ConsumerGroups;
import tickets.contract.InvalidTicket;
import tickets.contract.Redaction;
import tickets.contract.Sha256;
import tickets.contract.Ticket;
import tickets.contract.Topics;

/**
 * Notes every record of both {@link tickets.contract.Lane}s as PENDING in table {@code ticket}, so
 * that an id counts as known from its acceptance on, whoever published it. A record that is no
 * ticket is noted too: under the id its rejection will have.
 */
final class NoteTickets {

  static final String GROUP = ConsumerGroups.SINK_TICKETS;

  private static final Logger log = LoggerFactory.getLogger(NoteTickets.class);

  private final Postgres postgres;
  private final TicketTable table;
  private final int textMaxChars;
  private final Redaction redaction;
  private final SinkMeters meters;

  NoteTickets(
      Postgres postgres,
      TicketTable table,
      int textMaxChars,
      Redaction redaction,
      SinkMeters meters) {
    this.postgres = postgres;
    this.table = table;
    this.textMaxChars = textMaxChars;
    this.redaction = redaction;
    this.meters = meters;
  }

  @KafkaListener(
      id = GROUP,
      clientIdPrefix = GROUP,
      topics = {Topics.TICKETS, Topics.INTERACTIVE},
      properties = {Postgres.FETCH_BYTES, Postgres.FETCH_WAIT})
  void note(List<ConsumerRecord<byte[], byte[]>> records) {
    long start = System.nanoTime();
    List<TicketTable.Pending> tickets = newestById(records);
    try {
      save(tickets);
    } catch (RuntimeException e) {
      if (!Postgres.refusesData(e)) {
        throw e;
      }
      saveSingly(tickets);
    }
    meters.wrote(records.size(), Duration.ofNanos(System.nanoTime() - start));
    Instant now = Instant.now();
    tickets.forEach(ticket -> meters.storedAt(now, ticket.receivedAt()));
    log.debug("Noted {} tickets", tickets.size());
  }

  private void save(List<TicketTable.Pending> tickets) {
    postgres.inTransaction(connection -> table.notePending(connection, tickets));
  }

  /** A row refused here is only the note that a ticket waits; its outcome makes the row later. */
  private void saveSingly(List<TicketTable.Pending> tickets) {
    for (TicketTable.Pending ticket : tickets) {
      try {
        save(List.of(ticket));
      } catch (RuntimeException e) {
        if (!Postgres.refusesData(e)) {
          throw e;
        }
        meters.unstorable();
        log.warn(
            "PostgreSQL refused to note ticket {} as pending (SQLSTATE {}); its outcome will still"
                + " be stored",
            ticket.taskId(),
            Postgres.sqlState(e));
      }
    }
  }

  private List<TicketTable.Pending> newestById(List<ConsumerRecord<byte[], byte[]>> records) {
    Map<String, TicketTable.Pending> newest = new HashMap<>();
    for (ConsumerRecord<byte[], byte[]> record : records) {
      TicketTable.Pending ticket = pending(record);
      newest.merge(ticket.taskId(), ticket, (a, b) -> b.isNewerThan(a) ? b : a);
    }
    return newest.values().stream()
        .sorted(Comparator.comparing(TicketTable.Pending::taskId))
        .toList();
  }

  private TicketTable.Pending pending(ConsumerRecord<byte[], byte[]> record) {
    String id;
    String textSha256 = null;
    try {
      Ticket ticket =
          Ticket.fromRecord(
              record.key(),
              record.value(),
              record.topic(),
              record.partition(),
              record.offset(),
              textMaxChars,
              redaction);
      id = ticket.taskId();
      textSha256 = Sha256.hex(ticket.text());
    } catch (InvalidTicket e) {
      id = Ticket.idOfUnreadable(record.key(), record.topic(), record.partition(), record.offset());
    }
    return new TicketTable.Pending(
        id,
        Instant.ofEpochMilli(record.timestamp()),
        textSha256,
        record.topic(),
        record.partition(),
        record.offset());
  }
}
