package tickets.scorer.model;

/**
 * What the native libraries behind DJL read from system properties while they load. Whoever set a
 * property before us keeps it.
 *
 * <p>{@code DJL_CACHE_DIR} (environment or property; {@code ~/.djl.ai} without it) is where they
 * are unpacked to, some 450 MB once.
 */
final class EngineSettings {
  private EngineSettings() {}

  /** To be called before the first use of DJL. */
  static void apply() {
    // Nothing is ever fetched: what is needed lies in the jars.
    setUnlessSet("ai.djl.offline", "true");
    setUnlessSet("OPT_OUT_TRACKING", "true");
    // One native thread for each thread that scores. OpenMP's threads wait by spinning: with two of
    // them a batch took three times as long as with
    // one as soon as anything else ran on the machine.
    setUnlessSet("ai.djl.pytorch.num_threads", "1");
    setUnlessSet("ai.djl.pytorch.num_interop_threads", "1");
  }

  private static void setUnlessSet(String name, String value) {
    if (System.getProperty(name) == null) {
      System.setProperty(name, value);
    }
  }
}
