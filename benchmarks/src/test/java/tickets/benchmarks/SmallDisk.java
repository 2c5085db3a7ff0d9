package tickets.benchmarks;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A file system in memory that can be filled to the last byte; needs the right to mount. */
final class SmallDisk implements AutoCloseable {
  private final Path mountPoint;
  private final Path ballast;

  private SmallDisk(Path mountPoint) {
    this.mountPoint = mountPoint;
    this.ballast = mountPoint.resolve("ballast");
  }

  /** Skips the test, with the reason, where it can't be mounted. */
  static SmallDisk mount(Path mountPoint, int mib) throws IOException, InterruptedException {
    Files.createDirectories(mountPoint);
    String refused =
        run("mount", "-t", "tmpfs", "-o", "size=" + mib + "m", "tmpfs", mountPoint.toString());
    if (!refused.isEmpty()) {
      abort("No file system can be mounted here: " + refused);
    }
    return new SmallDisk(mountPoint);
  }

  /** Leaves nothing free. */
  void fill() throws IOException {
    FileStore store = Files.getFileStore(mountPoint);
    byte[] block = new byte[64 * 1024];
    try (OutputStream file = Files.newOutputStream(ballast)) {
      while (store.getUsableSpace() > 0) {
        file.write(block);
      }
    } catch (IOException e) {
      // Full.
    }
  }

  void free() throws IOException {
    Files.deleteIfExists(ballast);
  }

  @Override
  public void close() throws IOException, InterruptedException {
    // Lazily: whoever still ends on it must not keep it.
    String refused = run("umount", "-l", mountPoint.toString());
    if (!refused.isEmpty()) {
      throw new IOException(refused);
    }
  }

  /** What it said if it failed, else nothing. */
  private static String run(String... command) throws IOException, InterruptedException {
    Process process;
    try {
      process = new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException e) {
      return e.toString();
    }
    String said = new String(process.getInputStream().readAllBytes()).strip();
    return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0
        ? ""
        : said + " (" + command[0] + ")";
  }
}
