package tickets.standalone;

import java.security.SecureRandom;
import java.util.HexFormat;
import tickets.contract.Sha256;
import tickets.ingest.access.SafeStart;

/**
 * The key by which a start sends its first tickets where callers are asked for one: made at random,
 * known to this process only, and gone with it.
 *
 * @param key empty where nobody is asked
 * @param setting API_KEYS with it
 */
record OwnKey(String key, String setting) {

  private static final int BYTES = 32;

  /** All tenants' or none's: the first tickets belong to nobody. */
  private static final String NAME = "first-tickets@*:score:";

  static OwnKey beside(SafeStart access) {
    if (access.isOpen()) {
      return new OwnKey("", access.apiKeys());
    }
    byte[] random = new byte[BYTES];
    new SecureRandom().nextBytes(random);
    String key = HexFormat.of().formatHex(random);
    return new OwnKey(key, NAME + Sha256.hex(key) + "," + access.apiKeys());
  }
}
