package tickets.ingest.access;

import tickets.contract.CacheKeys;
import tickets.contract.TicketId;
import tickets.ingest.Refusal;

/**
 * How one caller's ticket ids are written inside the pipeline. Where tenants are kept apart, the
 * tenant stands before the id, and is put there and taken off here only: no caller can so much as
 * name another tenant's ticket.
 *
 * @param tenant whose cached answers and Idempotency-Keys these are
 * @param prefix what stands before the caller's own id; empty where the caller sees whole ids
 */
public record Namespace(String tenant, String prefix) {

  /** The attribute of an exchange that holds it. Without it no call reaches a ticket. */
  public static final String ATTRIBUTE = "tickets.namespace";

  /** Ids as they are in the pipeline. */
  public static final Namespace WHOLE = new Namespace(CacheKeys.DEFAULT_TENANT, "");

  static Namespace of(String tenant) {
    return new Namespace(tenant, TicketId.ofTenant(tenant, ""));
  }

  /** The pipeline's id of what the caller calls {@code id}. */
  public String inside(String id) {
    return prefix + id;
  }

  /** What the caller calls the ticket that the pipeline calls {@code id}. */
  public String outside(String id) {
    return owns(id) ? id.substring(prefix.length()) : id;
  }

  /** Whether a ticket of the pipeline is this caller's to see. */
  public boolean owns(String id) {
    return id.startsWith(prefix);
  }

  /** The longest id of the caller's own that the pipeline can hold. */
  public int longestId() {
    return TicketId.MAX_LENGTH - prefix.length();
  }

  /** A refusal in the caller's words. */
  public Refusal outside(Refusal refusal) {
    String id = refusal.taskId();
    return id == null || prefix.isEmpty() ? refusal : refusal.renamed(id, outside(id));
  }
}
