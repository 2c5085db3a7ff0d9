package tickets.contract;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The consumer groups of the pipeline. Their names are public API: offsets hang on them, and so do
 * access rights, dashboards and alerts.
 */
public final class ConsumerGroups {

  /** Scores {@link Topics#TICKETS}. Also the application id of Kafka Streams. */
  public static final String SCORER = "scorer-stream";

  /** Scores {@link Topics#INTERACTIVE}. Also the application id of Kafka Streams. */
  public static final String SCORER_INTERACTIVE = "scorer-stream-interactive";

  /**
   * Scores {@link Topics#TICKETS} and {@link Topics#INTERACTIVE} with a second model, where one is
   * set. Not among {@link #TOPICS}: nobody waits for it, and it skips what it can't keep up with.
   */
  public static final String SCORER_SHADOW = "scorer-shadow";

  /** Notes in PostgreSQL which tickets there are. */
  public static final String SINK_TICKETS = "results-sink-tickets";

  /** Stores outcomes in PostgreSQL. */
  public static final String SINK_POSTGRES = "results-sink-postgres";

  /** Puts outcomes into Redis, for who waits for them. */
  public static final String SINK_REDIS = "results-sink-redis";

  /** Blanks erased tickets in PostgreSQL. */
  public static final String SINK_ERASURES_POSTGRES = "results-sink-erasures-postgres";

  /** Removes erased tickets from Redis. */
  public static final String SINK_ERASURES_REDIS = "results-sink-erasures-redis";

  /** Stores corrections in PostgreSQL. */
  public static final String SINK_CORRECTIONS_POSTGRES = "results-sink-corrections-postgres";

  /** Puts corrections into Redis. */
  public static final String SINK_CORRECTIONS_REDIS = "results-sink-corrections-redis";

  /** Explains priorities. */
  public static final String SCORER_EXPLANATIONS = "scorer-stream-explanations";

  /** Tells callers who wait for an explanation, by Redis. */
  public static final String SINK_EXPLANATIONS = "results-sink-explanations";

  /**
   * Which topics each group reads, in the order in which a ticket meets them. The scorers read
   * erasures too, but what they have to do is counted in tickets; and nothing is behind where an
   * explanation is, for nobody waits long for one.
   */
  public static final Map<String, List<String>> TOPICS = topics();

  private ConsumerGroups() {}

  private static Map<String, List<String>> topics() {
    Map<String, List<String>> topics = new LinkedHashMap<>();
    topics.put(SCORER, List.of(Topics.TICKETS));
    topics.put(SCORER_INTERACTIVE, List.of(Topics.INTERACTIVE));
    topics.put(SINK_TICKETS, List.of(Topics.TICKETS, Topics.INTERACTIVE));
    topics.put(SINK_POSTGRES, List.of(Topics.PRIORITIES, Topics.REJECTIONS));
    topics.put(SINK_REDIS, List.of(Topics.PRIORITIES, Topics.REJECTIONS));
    topics.put(SINK_ERASURES_POSTGRES, List.of(Topics.ERASURES));
    topics.put(SINK_ERASURES_REDIS, List.of(Topics.ERASURES));
    topics.put(SINK_CORRECTIONS_POSTGRES, List.of(Topics.CORRECTIONS));
    topics.put(SINK_CORRECTIONS_REDIS, List.of(Topics.CORRECTIONS));
    return Collections.unmodifiableMap(topics);
  }
}
