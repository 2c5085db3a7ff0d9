package tickets.standalone;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tickets.ingest.access.SafeStart;
import tickets.ingest.access.UnsafeStart;

/** Finds out before anything is started what would make a start fail half-way. */
final class Preflight {

  /** Kafka's, PostgreSQL's and the native library's files of a first start, with room to work. */
  private static final long NEEDED_BYTES = 2L << 30;

  private Preflight() {}

  /**
   * Checks everything and takes the data directory for this process.
   *
   * @return the lock on the data directory; hold it for as long as the pipeline runs
   * @throws CannotStart with the first thing that is in the way
   */
  static FileLock check(StartSettings settings) {
    checkPlatform();
    checkAccess(settings.access());
    checkModel(settings.modelPath());
    FileLock lock = takeDataDirectory(settings.dataDirectory());
    try {
      checkDisk(settings.dataDirectory());
      InetAddress address = address(settings.bind());
      checkPort(address, settings.port(), "PORT");
      checkPort(address, settings.kafkaPort(), "KAFKA_PORT");
      if (settings.port() == settings.kafkaPort()) {
        throw new CannotStart(
            "PORT and KAFKA_PORT are both " + settings.port() + ". Give them different numbers.");
      }
      return lock;
    } catch (CannotStart e) {
      release(lock);
      throw e;
    }
  }

  static void release(FileLock lock) {
    try {
      lock.acquiredBy().close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void checkPlatform() {
    String os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    String arch = System.getProperty("os.arch", "");
    if (!os.contains("linux") || !(arch.equals("amd64") || arch.equals("x86_64"))) {
      throw new CannotStart(
          "The embedded PostgreSQL, Redis and PyTorch are built for Linux on x86_64, and this is "
              + os
              + " on "
              + arch
              + ".");
    }
  }

  private static void checkAccess(SafeStart access) {
    try {
      access.check();
    } catch (UnsafeStart e) {
      throw new CannotStart(String.valueOf(e.getMessage()), e);
    }
  }

  private static void checkModel(Path model) {
    if (!Files.isDirectory(model)) {
      throw new CannotStart(
          "There is no model directory "
              + model
              + ". Point MODEL_PATH at a Hugging Face BERT directory (config.json,"
              + " model.safetensors, tokenizer.json), or unset it for the bundled model.");
    }
    if (!Files.isReadable(model.resolve("config.json"))) {
      throw new CannotStart(
          "MODEL_PATH "
              + model
              + " has no readable config.json. It must be a Hugging Face BERT directory"
              + " (config.json, model.safetensors, tokenizer.json).");
    }
  }

  private static FileLock takeDataDirectory(Path directory) {
    try {
      Files.createDirectories(directory);
      FileChannel channel =
          FileChannel.open(
              directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      @Nullable FileLock lock = tryLock(channel);
      if (lock == null) {
        channel.close();
        throw new CannotStart(
            "Another ./start is running on "
                + directory
                + ". Stop it first, or choose another DATA_DIR.");
      }
      return lock;
    } catch (IOException e) {
      throw new CannotStart(
          "Cannot write to DATA_DIR " + directory + ": " + e + ". Choose another DATA_DIR.", e);
    }
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  private static void checkDisk(Path directory) {
    try {
      long free = Files.getFileStore(directory).getUsableSpace();
      if (free < NEEDED_BYTES) {
        throw new CannotStart(
            "Too little disk: "
                + (free >> 20)
                + " MiB free at "
                + directory
                + ", at least "
                + (NEEDED_BYTES >> 20)
                + " MiB are needed. Free some, or choose another DATA_DIR.");
      }
    } catch (IOException e) {
      throw new CannotStart("Cannot look at the disk of DATA_DIR " + directory + ": " + e, e);
    }
  }

  private static InetAddress address(String bind) {
    try {
      return InetAddress.getByName(bind);
    } catch (UnknownHostException e) {
      throw new CannotStart(
          "BIND=" + bind + " is no address of this machine. Use 127.0.0.1 or 0.0.0.0.", e);
    }
  }

  private static void checkPort(InetAddress address, int port, String variable) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(address, port));
    } catch (IOException e) {
      if (String.valueOf(e.getMessage()).contains("assign")) {
        throw new CannotStart(
            "BIND="
                + address.getHostAddress()
                + " is no address of this machine. Use 127.0.0.1, or 0.0.0.0 for all.",
            e);
      }
      throw new CannotStart(
          "Port "
              + port
              + " ("
              + variable
              + ") can't be used on "
              + address.getHostAddress()
              + ": "
              + e.getMessage()
              + ". Stop the program that has it, or choose another: "
              + variable
              + "="
              + (port < 55_000 ? port + 10_000 : port - 10_000)
              + " ./start",
          e);
    }
  }
}
