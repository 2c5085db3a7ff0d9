package tickets.contract;

/** Whether callers see each other's tickets. ingest-api and results-sink must be told the same. */
public enum Tenancy {
  /** All callers share all tickets. */
  NONE,
  /** Each key or token belongs to a tenant, and reaches that tenant's tickets only. */
  BY_KEY;

  /** In whose name an answer to the ticket's text is cached. */
  public String tenantOf(String taskId) {
    return this == BY_KEY ? TicketId.tenantOf(taskId) : CacheKeys.DEFAULT_TENANT;
  }
}
