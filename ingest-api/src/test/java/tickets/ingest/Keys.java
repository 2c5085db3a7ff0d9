package tickets.ingest;

import tickets.contract.Sha256;

/** Keys of a test and the setting that knows them by their hashes. */
final class Keys {

  private Keys() {}

  /** The key of that name. */
  static String key(String name) {
    return name + "-0123456789abcdef0123456789abcdef";
  }

  /** {@code entries}: {@code name[@tenant]:scopes}. */
  static String setting(String... entries) {
    StringBuilder setting = new StringBuilder("API_KEYS=");
    for (String entry : entries) {
      String name = entry.split("[@:]", -1)[0];
      setting.append(entry).append(':').append(Sha256.hex(key(name))).append(',');
    }
    return setting.toString();
  }

  static String[] bearer(String name) {
    return new String[] {"Authorization", "Bearer " + key(name)};
  }
}
