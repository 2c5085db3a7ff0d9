package tickets.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One server's directory, held by at most one JVM at a time. The lock is the operating system's, so
 * a killed JVM leaves none; whoever holds it knows that a server still running on the directory is
 * an orphan.
 */
final class DataDirectory implements AutoCloseable {
  private static final long MIB = 1024L * 1024;

  /**
   * Held by this JVM. A second open of the lock file here would, when closed, drop the first one's
   * lock (POSIX).
   */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path path;
  private final FileChannel lockFile;

  private DataDirectory(Path path, FileChannel lockFile) {
    this.path = path;
    this.lockFile = lockFile;
  }

  /**
   * Creates the directory if absent and locks it.
   *
   * @param freeMib refuse with less disk than this, in MiB
   */
  static DataDirectory open(String server, Path directory, long freeMib) {
    Path path = create(server, directory);
    if (!HELD.add(path)) {
      throw new EmbeddedFailure(
          server + " already runs in this process on " + path + ". Use one directory per server.");
    }
    try {
      return new DataDirectory(path, lock(server, path, freeMib));
    } catch (RuntimeException e) {
      HELD.remove(path);
      throw e;
    }
  }

  private static Path create(String server, Path directory) {
    try {
      // The real path: /proc shows it, and the same directory by two names must be the same.
      return Files.createDirectories(directory.toAbsolutePath()).toRealPath();
    } catch (IOException e) {
      throw new EmbeddedFailure(
          server
              + " can't use the directory "
              + directory.toAbsolutePath()
              + ": "
              + e
              + ". Choose one that this user may write to.",
          e);
    }
  }

  private static FileChannel lock(String server, Path path, long freeMib) {
    @Nullable FileChannel file = null;
    try {
      long free = Files.getFileStore(path).getUsableSpace() / MIB;
      if (free < freeMib) {
        throw new EmbeddedFailure(
            server
                + " needs "
                + freeMib
                + " MiB of disk at "
                + path
                + " and finds "
                + free
                + " MiB. Free some space or choose another data directory.");
      }
      Path lockPath = path.resolve("lock");
      file =
          FileChannel.open(
              lockPath,
              StandardOpenOption.CREATE,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE);
      FileLock lock = file.tryLock();
      if (lock == null) {
        String holder = Files.readString(lockPath).strip();
        file.close();
        throw new EmbeddedFailure(
            server
                + "'s directory "
                + path
                + " is in use by a running process"
                + (holder.isEmpty() ? "" : " (pid " + holder + ")")
                + ". Stop that one or choose another data directory.");
      }
      byte[] pid = Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII);
      file.truncate(0);
      file.write(ByteBuffer.wrap(pid), 0);
      return file;
    } catch (IOException e) {
      closeQuietly(file);
      throw new EmbeddedFailure(
          server
              + " can't use the directory "
              + path
              + ": "
              + e
              + ". Choose one that this user may write to.",
          e);
    }
  }

  Path path() {
    return path;
  }

  /**
   * Fills a directory that is then there as a whole, or not at all: a start that was killed
   * half-way is begun anew.
   */
  Path whole(String name, Filling filling) {
    Path whole = path.resolve(name);
    if (Files.exists(whole)) {
      return whole;
    }
    try {
      Path half = path.resolve(name + ".part");
      deleteTree(half);
      Files.createDirectories(half);
      filling.fill(half);
      syncFileSystem(half);
      Files.move(half, whole, StandardCopyOption.ATOMIC_MOVE);
      return whole;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  interface Filling {
    void fill(Path directory) throws IOException;
  }

  /**
   * What was written is on disk before its final name is: else a power cut can leave the name and
   * empty files.
   */
  static void syncFileSystem(Path path) {
    try {
      Process sync =
          new ProcessBuilder("sync", "-f", path.toString())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (!sync.waitFor(30, TimeUnit.SECONDS)) {
        sync.destroy();
      }
    } catch (IOException e) {
      // No such command here. The window is one power cut in the seconds after the very first
      // start.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Also while a child of a setup that was just stopped writes its last files there. */
  static void deleteTree(Path root) throws IOException {
    for (int attempt = 1; Files.exists(root); attempt++) {
      try (Stream<Path> tree = Files.walk(root)) {
        for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(path);
        }
      } catch (IOException | UncheckedIOException e) {
        if (attempt == 20) {
          throw e;
        }
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
      }
    }
  }

  @Override
  public void close() {
    closeQuietly(lockFile);
    HELD.remove(path);
  }

  private static void closeQuietly(@Nullable FileChannel file) {
    try {
      if (file != null) {
        file.close();
      }
    } catch (IOException e) {
      // Closing releases the lock in any case.
    }
  }
}
