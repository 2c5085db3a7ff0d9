package tickets.sink;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import tickets.contract.Rejection;
import tickets.contract.ScoredTicket;
import tickets.contract.Sha256;
import tickets.contract.StageTimes;
import tickets.contract.Topics;

/** Outcomes as the scorer writes them. */
final class Events {

  static final ScoredTicket.Model MODEL = new ScoredTicket.Model("test-model", "1", "d".repeat(64));
  static final Instant RECEIVED = Instant.parse("2026-11-25T10:00:00Z");

  private Events() {}

  /** A prefix that no other test uses. */
  static String freshPrefix() {
    return UUID.randomUUID() + "-";
  }

  static ScoredTicket scored(String id, int partition, long offset, Instant scoredAt) {
    return scored(id, partition, offset, scoredAt, "Printer " + id + " is on fire");
  }

  /** Of a caller who waited. */
  static ScoredTicket waitedFor(String id, int partition, long offset, Instant scoredAt) {
    return scored(id, Topics.INTERACTIVE, partition, offset, scoredAt, "Printer is on fire");
  }

  static ScoredTicket scored(String id, int partition, long offset, Instant scoredAt, String text) {
    return scored(id, Topics.TICKETS, partition, offset, scoredAt, text);
  }

  private static ScoredTicket scored(
      String id, String topic, int partition, long offset, Instant scoredAt, String text) {
    Map<String, Double> scores = new LinkedHashMap<>();
    scores.put("LABEL_0", 0.08);
    scores.put("LABEL_1", 0.92);
    return new ScoredTicket(
            id,
            "LABEL_1",
            0.92,
            "urgent",
            scores,
            new ScoredTicket.Decision("argmax", 0.84, null, false),
            MODEL,
            false,
            false,
            RECEIVED,
            scoredAt,
            new StageTimes(1.5, 5, 0.25, 11.125),
            Sha256.hex(text),
            topic,
            partition,
            offset,
            text,
            null)
        .read("en", ScoredTicket.LOW, List.of("quote", "signature"));
  }

  static Rejection rejected(String id, int partition, long offset, Instant rejectedAt) {
    return Rejection.of(
        id,
        Rejection.Code.INVALID,
        "The text is empty. Send at least one visible character.",
        RECEIVED,
        rejectedAt,
        Topics.TICKETS,
        partition,
        offset,
        "{\"text\": \"\"}".getBytes(StandardCharsets.UTF_8));
  }
}
