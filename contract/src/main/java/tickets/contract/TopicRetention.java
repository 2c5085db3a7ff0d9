package tickets.contract;

import java.time.Duration;
import java.time.Instant;

/**
 * How long the topics keep what was written, and so by when the last copy of a ticket is gone.
 *
 * <p>All services must be told the same: each applies it when it starts.
 *
 * @param tickets how long tickets, priorities and rejections stay, one hour or more
 */
public record TopicRetention(Duration tickets) {

  /** The shortest that leaves consumers time for an outage. */
  public static final Duration SHORTEST = Duration.ofHours(1);

  /** 30 days. Consumer offsets must be kept at least as long. */
  public static final TopicRetention DEFAULT = new TopicRetention(Duration.ofDays(30));

  private static final Duration LONGEST_SEGMENT = Duration.ofDays(1);

  /** The broker looks every five minutes by default, and deletes a file a minute later. */
  private static final Duration BROKER_LOOKS = Duration.ofHours(1);

  public TopicRetention {
    if (tickets.compareTo(SHORTEST) < 0) {
      throw new IllegalArgumentException(
          "Topics must keep records for one hour at least, not " + tickets);
    }
  }

  /**
   * How long the broker goes on writing into one file. It deletes whole files, by their newest
   * record: the oldest one stays that much longer.
   */
  public Duration segment() {
    return tickets.compareTo(LONGEST_SEGMENT) < 0 ? tickets : LONGEST_SEGMENT;
  }

  /**
   * How long erasures stay: longer than any record they are about. Twice, and a week, so that one
   * outlives a retention that was lengthened meanwhile.
   */
  public Duration erasures() {
    return tickets.multipliedBy(2).plusDays(7);
  }

  /** By when the topics no longer hold what they were given until {@code time}. */
  public Instant forgottenBy(Instant time) {
    return time.plus(tickets).plus(segment()).plus(BROKER_LOOKS);
  }
}
