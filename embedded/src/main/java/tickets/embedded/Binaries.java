package tickets.embedded;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/**
 * Programs from the class path, unpacked once per user into {@code $XDG_CACHE_HOME/ticket-priority}
 * (by default {@code ~/.cache}) and shared by all data directories; the system property {@value
 * #CACHE} names another place. Where that can't be written, as in containers with a user of no
 * home, each data directory has its own. Not in {@code /tmp}, where other users could put programs
 * under the same name.
 */
final class Binaries {
  static final String CACHE = "tickets.embedded.cache";

  private Binaries() {}

  /** A directory with the archive's content. */
  static Path unpacked(String name, String txzResource, Path dataDirectory) {
    return once(
        name,
        txzResource,
        dataDirectory,
        (in, directory) -> {
          try (TarArchiveInputStream tar = new TarArchiveInputStream(new XZInputStream(in))) {
            untar(tar, directory);
          }
        });
  }

  /** A directory with the program under {@code name}. */
  static Path copied(String name, String resource, Path dataDirectory) {
    return once(
        name,
        resource,
        dataDirectory,
        (in, directory) -> {
          Path program = directory.resolve(name);
          Files.copy(in, program);
          Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        });
  }

  /** Refuses where the programs can't run. */
  static void requireSupportedMachine(String server) {
    String os = System.getProperty("os.name", "");
    String arch = System.getProperty("os.arch", "");
    boolean x86 = arch.equals("amd64") || arch.equals("x86_64");
    if (!os.toLowerCase(Locale.ROOT).startsWith("linux") || !x86) {
      throw new EmbeddedFailure(
          "The bundled "
              + server
              + " runs on linux-x86_64 only; this is "
              + os
              + " on "
              + arch
              + ". Use the separate services with a "
              + server
              + " of your own.");
    }
    if (!Files.exists(Path.of("/lib64/ld-linux-x86-64.so.2"))) {
      throw new EmbeddedFailure(
          "The bundled "
              + server
              + " needs glibc, and this system has none (Alpine?). Use a Debian-like one, or the"
              + " separate services with a "
              + server
              + " of your own.");
    }
  }

  private interface Unpack {
    void into(InputStream resource, Path directory) throws IOException;
  }

  // One thread at a time, and by the file lock one process: others wait rather than unpack the same
  // again.
  private static synchronized Path once(
      String name, String resource, Path dataDirectory, Unpack unpack) {
    Path cache = cache(dataDirectory);
    try {
      Path whole = cache.resolve(name + "-" + digest(resource));
      if (Files.exists(whole)) {
        return whole;
      }
      try (FileChannel file =
              FileChannel.open(
                  cache.resolve("unpack.lock"),
                  StandardOpenOption.CREATE,
                  StandardOpenOption.WRITE);
          FileLock ignored = file.lock()) {
        if (Files.exists(whole)) {
          return whole;
        }
        Path half = cache.resolve(whole.getFileName() + ".part");
        DataDirectory.deleteTree(half);
        Files.createDirectories(half);
        try (InputStream in = open(resource)) {
          unpack.into(in, half);
        }
        DataDirectory.syncFileSystem(half);
        Files.move(half, whole, StandardCopyOption.ATOMIC_MOVE);
        return whole;
      }
    } catch (IOException e) {
      throw new EmbeddedFailure(
          "Can't unpack "
              + name
              + " into "
              + cache
              + ": "
              + e
              + ". It needs 100 MiB there, and the right to write"
              + " (another place: -D"
              + CACHE
              + "=DIR).",
          e);
    }
  }

  private static Path cache(Path dataDirectory) {
    String chosen = System.getProperty(CACHE);
    String xdg = System.getenv("XDG_CACHE_HOME");
    Path cache =
        chosen != null
            ? Path.of(chosen).toAbsolutePath()
            : (xdg != null && xdg.startsWith("/")
                    ? Path.of(xdg)
                    : Path.of(System.getProperty("user.home"), ".cache"))
                .resolve("ticket-priority");
    try {
      // A user without a home has "?" there, which is no absolute path.
      if (cache.isAbsolute() && Files.isWritable(Files.createDirectories(cache))) {
        return cache;
      }
    } catch (IOException e) {
      // The same as not writable.
    }
    return dataDirectory;
  }

  /**
   * Names the directory by what is in it, so that a newer release is unpacked beside the old one.
   */
  private static String digest(String resource) throws IOException {
    try (DigestInputStream in =
        new DigestInputStream(open(resource), MessageDigest.getInstance("SHA-256"))) {
      in.transferTo(OutputStream.nullOutputStream());
      return HexFormat.of().formatHex(in.getMessageDigest().digest(), 0, 6);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every JDK has SHA-256", e);
    }
  }

  private static InputStream open(String resource) throws IOException {
    InputStream in = Binaries.class.getResourceAsStream(resource);
    if (in == null) {
      throw new IOException(resource + " is not on the class path");
    }
    return new BufferedInputStream(in, 1 << 16);
  }

  private static void untar(TarArchiveInputStream tar, Path directory) throws IOException {
    for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
      Path target = directory.resolve(entry.getName()).normalize();
      if (!target.startsWith(directory)) {
        throw new IOException("The archive has an entry outside itself: " + entry.getName());
      }
      if (entry.isDirectory()) {
        Files.createDirectories(target);
        continue;
      }
      Path parent = target.getParent();
      if (parent != null) {
        Files.createDirectories(parent);
      }
      if (entry.isSymbolicLink()) {
        Files.createSymbolicLink(target, Path.of(entry.getLinkName()));
      } else {
        Files.copy(tar, target);
        boolean program = (entry.getMode() & 0100) != 0;
        Files.setPosixFilePermissions(
            target, PosixFilePermissions.fromString(program ? "rwxr-xr-x" : "rw-r--r--"));
      }
    }
  }
}
