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
import tickets.contract.Outcome;
import tickets.contract.ScoredTicket;
import tickets.contract.Topics;

/**
 * [9] of a ticket's path: stores every outcome in PostgreSQL, a poll in one transaction of at most
 * two statements. A score makes a row in {@code prediction}; score and rejection alike decide the
 * row in {@code ticket}.
 *
 * <p>Returns when PostgreSQL has the batch, and only then are its offsets committed. If PostgreSQL
 * refuses the data of a batch, the records are stored one by one, and only the culprit is rejected.
 */
final class StoreScores {

  static final String GROUP = ConsumerGroups.SINK_POSTGRES;

  private static final Logger log = LoggerFactory.getLogger(StoreScores.class);

  private final Postgres postgres;
  private final ScoreTable scores;
  private final TicketTable tickets;
  private final UnstorableTickets unstorable;
  private final SinkMeters meters;

  StoreScores(
      Postgres postgres,
      ScoreTable scores,
      TicketTable tickets,
      UnstorableTickets unstorable,
      SinkMeters meters) {
    this.postgres = postgres;
    this.scores = scores;
    this.tickets = tickets;
    this.unstorable = unstorable;
    this.meters = meters;
  }

  @KafkaListener(
      id = GROUP,
      clientIdPrefix = GROUP,
      topics = {Topics.PRIORITIES, Topics.REJECTIONS},
      properties = {Postgres.FETCH_BYTES, Postgres.FETCH_WAIT})
  void store(List<ConsumerRecord<byte[], byte[]>> records) {
    long start = System.nanoTime();
    List<ReceivedOutcome> received = ReceivedOutcome.read(records, meters, Level.WARN);
    if (received.isEmpty()) {
      return;
    }
    List<Outcome> outcomes = received.stream().map(ReceivedOutcome::outcome).toList();
    try {
      save(outcomes);
    } catch (RuntimeException e) {
      if (!Postgres.refusesData(e)) {
        throw e;
      }
      log.debug("A batch of {} was refused, storing one by one", outcomes.size(), e);
      received.forEach(this::saveAlone);
    }
    meters.wrote(records.size(), Duration.ofNanos(System.nanoTime() - start));
    Instant now = Instant.now();
    outcomes.forEach(outcome -> meters.storedAt(now, outcome.receivedAt()));
    log.debug("Stored {} outcomes", outcomes.size());
  }

  private void saveAlone(ReceivedOutcome received) {
    try {
      save(List.of(received.outcome()));
    } catch (RuntimeException e) {
      if (!Postgres.refusesData(e)) {
        throw e;
      }
      meters.unstorable();
      unstorable.reject(received, e);
    }
  }

  /** The score first: whoever reads between the two must find the row that SCORED promises. */
  private void save(List<Outcome> outcomes) {
    List<ScoredTicket> scored =
        ReceivedOutcome.newestById(
            outcomes.stream()
                .filter(ScoredTicket.class::isInstance)
                .map(ScoredTicket.class::cast)
                .toList());
    List<Outcome> newest = ReceivedOutcome.newestById(outcomes);
    postgres.inTransaction(
        connection ->
            scored.isEmpty()
                ? tickets.decide(connection, newest)
                : scores.save(connection, scored).then(tickets.decide(connection, newest)));
  }
}
