package tickets.ingest.submit;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.UUID;
import tickets.contract.Sha256;

/** Ids for tickets that bring none (RFC 9562). */
final class TicketIds {

  private static final SecureRandom RANDOM = new SecureRandom();
  private static final long VARIANT = 0x8000000000000000L;
  private static final long VARIANT_ROOM = 0x3FFFFFFFFFFFFFFFL;

  private TicketIds() {}

  /** A new UUIDv7: it starts with the time, so that new rows lie together in an index. */
  static String fresh(Instant now) {
    long random = RANDOM.nextLong();
    long high = (now.toEpochMilli() << 16) | 0x7000L | (RANDOM.nextInt() & 0xFFFL);
    return new UUID(high, VARIANT | (random & VARIANT_ROOM)).toString();
  }

  /**
   * The UUIDv8 of an Idempotency-Key: the first 128 bits of SHA-256 over tenant, a zero byte and
   * key, but for version and variant. The same key so names the same ticket on every instance.
   */
  static String ofKey(String tenant, String key) {
    MessageDigest digest = Sha256.digest();
    digest.update(tenant.getBytes(StandardCharsets.UTF_8));
    digest.update((byte) 0);
    ByteBuffer hash = ByteBuffer.wrap(digest.digest(key.getBytes(StandardCharsets.UTF_8)));
    long high = (hash.getLong() & ~0xF000L) | 0x8000L;
    return new UUID(high, VARIANT | (hash.getLong() & VARIANT_ROOM)).toString();
  }
}
