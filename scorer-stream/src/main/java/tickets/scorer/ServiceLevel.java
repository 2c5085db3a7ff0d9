package tickets.scorer;

import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tickets.contract.Outcome;
import tickets.contract.ScoredTicket;

/**
 * What is promised of the most urgent tickets: a score within this time of the broker's receipt.
 *
 * @param limit zero: nothing is promised
 * @param label tells the label that the model of the moment has for the most urgent priority
 */
record ServiceLevel(Duration limit, Supplier<String> label) {
  private static final Logger log = LoggerFactory.getLogger(ServiceLevel.class);

  /** A backlog would otherwise fill a line with ids. */
  private static final int NAMED = 10;

  /** How many of these came too late; says which, in one line a batch. */
  int missedBy(List<Outcome> outcomes) {
    if (limit.isZero()) {
      return 0;
    }
    String urgent = label.get();
    List<ScoredTicket> late =
        outcomes.stream()
            .filter(ScoredTicket.class::isInstance)
            .map(ScoredTicket.class::cast)
            .filter(
                scored -> scored.taskPriority().equals(urgent) && age(scored).compareTo(limit) > 0)
            .toList();
    if (!late.isEmpty()) {
      log.warn(
          "{} of the most urgent priority scored later than {} s after receipt: {}{}",
          late.size() == 1 ? "A ticket" : late.size() + " tickets",
          limit.toSeconds(),
          late.stream()
              .limit(NAMED)
              .map(scored -> scored.taskId() + " (" + age(scored).toSeconds() + " s)")
              .collect(Collectors.joining(", ")),
          late.size() > NAMED ? ", …" : "");
    }
    return late.size();
  }

  private static Duration age(ScoredTicket scored) {
    return Duration.between(scored.receivedAt(), scored.scoredAt());
  }
}
