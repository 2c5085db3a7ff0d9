package tickets.scorer.batch;

import java.time.Duration;

/**
 * When a batch is scored: as soon as it is full, or when waiting longer would not fill it.
 *
 * <p>Tokens are estimated here, since a batch forms before its texts are tokenised; the engine then
 * cuts it into forward passes by true padded tokens.
 *
 * @param maxTickets the most tickets of a batch, 1 or more
 * @param maxTokens the most estimated tokens of a batch of two tickets or more
 * @param linger how long a batch waits for another ticket to join
 * @param ticketMaxTokens the model's token window: what the longest ticket is cut to
 */
public record BatchLimits(int maxTickets, int maxTokens, Duration linger, int ticketMaxTokens) {

  /**
   * The longest that scoring one batch may be expected to take, by CPU time and by the clock. A
   * stream thread can neither commit nor poll while it scores. The broker aborts a transaction that
   * is open for 60 s, and during a rebalance it drops who does not poll for 10 s: see {@code
   * StreamsSettings}.
   */
  public static final Duration LONGEST_FLUSH = Duration.ofSeconds(5);

  /**
   * A batch to which tickets keep coming one by one is scored when its oldest ticket has waited
   * this many lingers. Measured at saturation: batches were 0.83 full with this rule, 0.57 full
   * when a batch was scored as soon as its oldest ticket was one linger old.
   */
  private static final int LINGERS_AT_MOST = 4;

  /**
   * Characters of a token, on the low side so that the estimate is on the high side: Russian and
   * English tickets have 3 to 5 characters a token in the vocabularies of multilingual BERTs.
   */
  private static final int CHARS_PER_TOKEN = 3;

  /**
   * Kafka Streams' punctuators count whole milliseconds: after "5 ms" as little as 4.0 may have
   * gone by, and the ticket would have to wait for the next one.
   */
  private static final long TICK_NANOS = 1_000_000;

  /** [CLS] and [SEP]. */
  private static final int FRAME_TOKENS = 2;

  public BatchLimits {
    if (maxTickets < 1 || maxTokens < 1 || ticketMaxTokens < 1 || linger.isNegative()) {
      throw new IllegalArgumentException(
          "A batch needs room for a ticket and a token, and can't wait for less than nothing");
    }
  }

  /**
   * These limits, with fewer tokens if as many can't be scored in that time.
   *
   * @param tokensPerSecond what one thread of this machine gets through
   */
  BatchLimits within(Duration target, double tokensPerSecond) {
    double affordable = tokensPerSecond * target.toNanos() / 1e9;
    return affordable >= maxTokens
        ? this
        : new BatchLimits(maxTickets, Math.max(1, (int) affordable), linger, ticketMaxTokens);
  }

  /** How many tokens a text will have, roughly. */
  public int estimateTokens(String text) {
    return Math.min(ticketMaxTokens, text.length() / CHARS_PER_TOKEN + 1 + FRAME_TOKENS);
  }

  /** Whether a ticket of {@code more} tokens may join; the first of a batch always may. */
  boolean haveRoomFor(int more, int tickets, int tokens) {
    return tickets == 0 || (tickets < maxTickets && tokens + more <= maxTokens);
  }

  boolean areReached(int tickets, int tokens) {
    return tickets >= maxTickets || tokens >= maxTokens;
  }

  /**
   * Whether a batch that is not full is scored now: nobody joined for a linger, or its first ticket
   * has waited for long.
   */
  boolean areDue(long nanosSinceFirst, long nanosSinceLast) {
    long nanos = linger.toNanos();
    return nanosSinceLast >= nanos - TICK_NANOS || nanosSinceFirst >= LINGERS_AT_MOST * nanos;
  }

  /** How much of a full batch this is, 0 to 1. */
  double fill(int tickets, int tokens) {
    return Math.min(1, Math.max((double) tickets / maxTickets, (double) tokens / maxTokens));
  }
}
