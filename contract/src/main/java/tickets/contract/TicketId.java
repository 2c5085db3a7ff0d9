package tickets.contract;

import java.util.regex.Pattern;

/** The form of a {@code task_id}: 1 to 128 of {@code A-Z a-z 0-9 . _ : -}. */
public final class TicketId {

  /** The most characters an id may have, its tenant included. */
  public static final int MAX_LENGTH = 128;

  private static final Pattern TENANT = Pattern.compile("[a-z0-9-]{1,32}");
  private static final char AFTER_TENANT = ':';

  private TicketId() {}

  /** Whether {@code id} can name a ticket. */
  public static boolean isValid(String id) {
    if (id.isEmpty() || id.length() > MAX_LENGTH) {
      return false;
    }
    for (int i = 0; i < id.length(); i++) {
      if (!mayStandInId(id.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  private static boolean mayStandInId(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= '0' && c <= '9')
        || (c >= 'A' && c <= 'Z')
        || c == '-'
        || c == '_'
        || c == '.'
        || c == ':';
  }

  /** The id of a record that brought none: where it stands in its topic is unique for ever. */
  public static String ofPosition(String topic, int partition, long offset) {
    return topic + "-" + partition + "-" + offset;
  }

  /** Whether {@code word} can name a tenant: 1 to 32 of {@code a-z 0-9 -}. */
  public static boolean isTenant(String word) {
    return TENANT.matcher(word).matches();
  }

  /** A tenant's ticket, where tenants are kept apart: {@code tenant:id}. */
  public static String ofTenant(String tenant, String id) {
    return tenant + AFTER_TENANT + id;
  }

  /**
   * Whose ticket it is, where tenants are kept apart: what stands before the first colon, if that
   * can be a tenant; else nobody's, {@link CacheKeys#DEFAULT_TENANT}.
   */
  public static String tenantOf(String id) {
    int colon = id.indexOf(AFTER_TENANT);
    return colon > 0 && isTenant(id.substring(0, colon))
        ? id.substring(0, colon)
        : CacheKeys.DEFAULT_TENANT;
  }
}
