package tickets.scorer.batch;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;
import tickets.contract.Rejection;
import tickets.contract.ScoredTicket;
import tickets.contract.Sha256;
import tickets.contract.StageTimes;
import tickets.contract.Ticket;
import tickets.contract.TicketHeaders;
import tickets.scorer.model.Decision;
import tickets.scorer.model.ScoredBatch;
import tickets.scorer.model.Verdict;
import tickets.scorer.reading.TextReading;

/**
 * A ticket that waits for its batch, with all that its outcome needs: when a batch is scored, Kafka
 * Streams' context speaks of the record that filled it, or of none at all.
 *
 * @param headers those that travel on, by name
 * @param receivedAt when the broker got it
 * @param readAt when the scorer read it
 * @param original the start of the record's value, for a rejection; absent if it may not be kept
 * @param originalSize bytes of the whole value
 * @param originalSha256 of the whole value
 */
public record PendingTicket(
    String taskId,
    String text,
    Map<String, byte[]> headers,
    Instant receivedAt,
    Instant readAt,
    String sourceTopic,
    int sourcePartition,
    long sourceOffset,
    byte @Nullable [] original,
    long originalSize,
    @Nullable String originalSha256) {

  /** A record's ticket. */
  public static PendingTicket of(
      Ticket ticket,
      Rejection.Original original,
      Headers headers,
      Instant receivedAt,
      Instant readAt,
      String topic,
      int partition,
      long offset) {
    Map<String, byte[]> carried = new LinkedHashMap<>();
    TicketHeaders.forward(headers).forEach(header -> carried.put(header.key(), header.value()));
    return new PendingTicket(
        ticket.taskId(),
        ticket.text(),
        carried,
        receivedAt,
        readAt,
        topic,
        partition,
        offset,
        original.start(),
        original.size(),
        original.sha256());
  }

  /** The outcome's headers. */
  Headers outcomeHeaders() {
    Headers all = new RecordHeaders();
    headers.forEach(all::add);
    return all;
  }

  /**
   * Its outcome.
   *
   * @param batch that it was scored in
   * @param withText whether the outcome carries the text
   */
  public ScoredTicket scored(
      Verdict.Scored verdict,
      ScoredBatch batch,
      Instant flushedAt,
      Instant scoredAt,
      boolean withText) {
    ScoredTicket scored =
        new ScoredTicket(
            taskId,
            verdict.scores().label(),
            verdict.scores().score(),
            verdict.scores().priority(),
            verdict.scores().probabilities(),
            decision(verdict.scores().decided()),
            batch.model(),
            verdict.truncated(),
            false,
            receivedAt,
            scoredAt,
            StageTimes.of(
                Duration.between(receivedAt, readAt),
                Duration.between(readAt, flushedAt),
                batch.tokenising(),
                batch.inference()),
            Sha256.hex(text),
            sourceTopic,
            sourcePartition,
            sourceOffset,
            withText ? text : null,
            null);
    TextReading.Understanding understanding = verdict.understanding();
    return understanding == null
        ? scored
        : scored.read(
            understanding.language().code(),
            understanding.confident() ? ScoredTicket.NORMAL : ScoredTicket.LOW,
            understanding.setAside());
  }

  private static ScoredTicket.Decision decision(Decision.Decided decided) {
    return new ScoredTicket.Decision(
        decided.rule(), decided.margin(), decided.expectedCost(), decided.review());
  }

  Rejection rejected(Verdict.Unscorable verdict, Instant rejectedAt) {
    return Rejection.keeping(
        new Rejection.Original(original, originalSize, originalSha256),
        taskId,
        verdict.code(),
        verdict.message(),
        receivedAt,
        rejectedAt,
        sourceTopic,
        sourcePartition,
        sourceOffset);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof PendingTicket that
        && sourceTopic.equals(that.sourceTopic)
        && sourcePartition == that.sourcePartition
        && sourceOffset == that.sourceOffset;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(31L * sourcePartition + sourceOffset);
  }

  /** Without the text, so that it may be logged. */
  @Override
  public String toString() {
    return taskId + " (" + sourceTopic + "-" + sourcePartition + "@" + sourceOffset + ")";
  }
}
