package tickets.contract;

/**
 * The two lanes on which tickets come to the scorers. Each has a topic, and a consumer group with
 * threads of its own, so a caller that waits is not held up by a backlog on the other lane.
 *
 * <p>All events of one id are on one lane, for only within a partition is their order known: a
 * ticket goes by {@link #INTERACTIVE} only if ingest-api has made its id itself, for this one
 * event.
 */
public enum Lane {

  /** Tickets for which nobody waits, and all whose id was chosen by who sent them. */
  TICKETS(Topics.TICKETS, ConsumerGroups.SCORER),

  /** Tickets of callers that wait. */
  INTERACTIVE(Topics.INTERACTIVE, ConsumerGroups.SCORER_INTERACTIVE);

  private final String topic;
  private final String scorerGroup;

  Lane(String topic, String scorerGroup) {
    this.topic = topic;
    this.scorerGroup = scorerGroup;
  }

  /** Where its tickets stand. */
  public String topic() {
    return topic;
  }

  /** The group that scores them, also the application id of Kafka Streams. */
  public String scorerGroup() {
    return scorerGroup;
  }
}
