package tickets.sink;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.kafka.KafkaException;
import org.springframework.kafka.core.KafkaOperations;
import tickets.contract.EventJson;
import tickets.contract.Outcome;
import tickets.contract.Rejection;
import tickets.contract.ScoredTicket;
import tickets.contract.TicketHeaders;
import tickets.contract.Topics;

/**
 * Rejects a ticket whose score PostgreSQL refuses, so that it too ends in an outcome that is
 * stored. A rejection that is refused itself ends here: it is logged and never becomes another one.
 */
final class UnstorableTickets {

  private static final Logger log = LoggerFactory.getLogger(UnstorableTickets.class);

  private final KafkaOperations<byte[], byte[]> kafka;
  private final Duration timeout;

  /**
   * @param timeout the longest to wait until the broker has a rejection
   */
  UnstorableTickets(KafkaOperations<byte[], byte[]> kafka, Duration timeout) {
    this.kafka = kafka;
    this.timeout = timeout;
  }

  /**
   * Returns when the broker has the rejection.
   *
   * @throws KafkaException if it has not, so that the batch is tried again
   */
  void reject(ReceivedOutcome received, RuntimeException refusal) {
    Outcome outcome = received.outcome();
    String state = String.valueOf(Postgres.sqlState(refusal));
    if (outcome instanceof ScoredTicket) {
      log.warn(
          "PostgreSQL refused the score of ticket {} at {} (SQLSTATE {}): it goes to {} as UNSTORABLE",
          outcome.taskId(),
          ReceivedOutcome.position(received.record()),
          state,
          Topics.REJECTIONS);
      send(received, rejection(received, state));
    } else {
      log.warn(
          "PostgreSQL refused the rejection of ticket {} at {} (SQLSTATE {}): it is skipped, the"
              + " ticket stays PENDING in table ticket",
          outcome.taskId(),
          ReceivedOutcome.position(received.record()),
          state);
    }
  }

  private static Rejection rejection(ReceivedOutcome received, String state) {
    Outcome outcome = received.outcome();
    // Later than the score by any clock, or the score would count as the newer outcome.
    Instant afterScore = outcome.decidedAt().plusMillis(1);
    Instant now = Instant.now();
    // Without the score as its original: the ticket may be erased since, and the message says where
    // the score stands.
    return Rejection.of(
            outcome.taskId(),
            Rejection.Code.UNSTORABLE,
            "PostgreSQL refuses the data of this ticket's score (SQLSTATE "
                + state
                + "). Look at "
                + ReceivedOutcome.position(received.record())
                + ", mend what wrote it, and publish the ticket again.",
            outcome.receivedAt(),
            now.isAfter(afterScore) ? now : afterScore,
            outcome.sourceTopic(),
            outcome.sourcePartition(),
            outcome.sourceOffset(),
            received.record().value())
        .withoutOriginal();
  }

  private void send(ReceivedOutcome received, Rejection rejection) {
    ProducerRecord<byte[], byte[]> record =
        new ProducerRecord<>(
            Topics.REJECTIONS,
            null,
            rejection.taskId().getBytes(StandardCharsets.UTF_8),
            EventJson.write(rejection),
            TicketHeaders.forward(received.record().headers()));
    try {
      kafka.send(record).get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new KafkaException("Kafka does not take the rejection of " + rejection.taskId(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KafkaException("Interrupted while rejecting " + rejection.taskId(), e);
    }
  }
}
