package tickets.contract;

/** The keys that results-sink writes in Redis and ingest-api reads. */
public final class CacheKeys {

  /** The model that scored last, as JSON of {@link ScoredTicket.Model}. */
  public static final String CURRENT_MODEL = "model:current";

  /** The only tenant there is while callers are not told apart. */
  public static final String DEFAULT_TENANT = "default";

  private CacheKeys() {}

  /** A ticket's newest {@link Outcome} as JSON, without its text or original. */
  public static String outcome(String taskId) {
    return "outcome:" + taskId;
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
