package tickets.scorer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Names this scorer across its restarts, so that after a crash it can end the transaction that its
 * former self left open; see {@link StableTransactions}.
 *
 * <p>The id is a UUID in {@code STATE_DIR/instance-id}, locked as long as the process lives. Who
 * finds it locked, or can't write there, works under an id of its own for this run.
 */
final class InstanceId implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(InstanceId.class);

  static final String FILE = "instance-id";

  /** A file that is longer holds no UUID. */
  private static final int MAX_BYTES = 64;

  private final UUID id;
  private final @Nullable FileChannel locked;

  private InstanceId(UUID id, @Nullable FileChannel locked) {
    this.id = id;
    this.locked = locked;
  }

  /** Never fails: at worst the id is a fresh one, and the log says why. */
  static InstanceId claim(Path stateDirectory) {
    Path file = stateDirectory.resolve(FILE);
    FileChannel channel = null;
    try {
      Files.createDirectories(stateDirectory);
      channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      if (tryLock(channel)) {
        return new InstanceId(readOrWrite(channel), channel);
      }
      return fresh(
          channel, "another scorer uses STATE_DIR " + stateDirectory + "; give each its own");
    } catch (IOException e) {
      return fresh(channel, "STATE_DIR " + stateDirectory + " can't be used: " + e);
    }
  }

  private static InstanceId fresh(@Nullable FileChannel channel, String reason) {
    close(channel);
    log.warn(
        "After a crash of this scorer its partitions will be blocked for up to a minute, as it has"
            + " no lasting id: {}",
        reason);
    return new InstanceId(UUID.randomUUID(), null);
  }

  private static boolean tryLock(FileChannel channel) throws IOException {
    try {
      FileLock lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException e) {
      // This very JVM holds it.
      return false;
    }
  }

  private static UUID readOrWrite(FileChannel channel) throws IOException {
    ByteBuffer content = ByteBuffer.allocate(MAX_BYTES);
    while (content.hasRemaining() && channel.read(content) >= 0) {
      // Until the buffer is full or the file ends.
    }
    String line =
        new String(content.array(), 0, content.position(), StandardCharsets.UTF_8).strip();
    try {
      return UUID.fromString(line);
    } catch (IllegalArgumentException e) {
      // A new file, or one that a crash cut off.
    }
    UUID id = UUID.randomUUID();
    channel.truncate(0);
    channel.write(ByteBuffer.wrap((id + "\n").getBytes(StandardCharsets.UTF_8)), 0);
    channel.force(true);
    return id;
  }

  UUID id() {
    return id;
  }

  /** Gives up the lock; the id stays in its file. */
  @Override
  public void close() {
    close(locked);
  }

  private static void close(@Nullable FileChannel channel) {
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        log.debug("{} could not be closed", FILE, e);
      }
    }
  }
}
