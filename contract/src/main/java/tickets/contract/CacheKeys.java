package tickets.contract;

/** The keys that both results-sink and ingest-api know in Redis. */
public final class CacheKeys {

  /** The model that scored last, as JSON of {@link ScoredTicket.Model}. */
  public static final String CURRENT_MODEL = "model:current";

  /** Of tickets that are no tenant's: all of them while tenants are not kept apart. */
  public static final String DEFAULT_TENANT = "default";

  private CacheKeys() {}

  /** A ticket's newest {@link Outcome} as JSON, without its text or original. */
  public static String outcome(String taskId) {
    return "outcome:" + taskId;
  }

  /** That ingest-api took an id, and for which text; it writes this, an erasure deletes it. */
  public static String claim(String taskId) {
    return "claim:" + taskId;
  }

  /**
   * Since when a ticket counts as erased, RFC 3339 UTC with milliseconds; see {@link
   * Erasure#erasedAt}.
   */
  public static String erased(String taskId) {
    return "erased:" + taskId;
  }

  /**
   * A ticket's newest {@link Correction} as JSON, with the broker's time. Apart from its outcome,
   * so that no later score can touch it.
   */
  public static String correction(String taskId) {
    return "correction:" + taskId;
  }

  /**
   * The first {@link ScoredTicket} for a text under a model, as JSON without the text.
   *
   * @param tenant whose ticket it was: a cached answer never crosses tenants
   */
  public static String text(String tenant, String modelDigest, String textSha256) {
    return "text:" + tenant + ":" + modelDigest + ":" + textSha256;
  }
}
