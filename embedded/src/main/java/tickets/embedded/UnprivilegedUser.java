package tickets.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * As whom PostgreSQL runs: it refuses to run as root, and in a container this JVM often is root.
 *
 * @param uid who must own the data directory
 * @param prefix what stands before the command
 */
record UnprivilegedUser(int uid, List<String> prefix) {
  private static final int NOBODY = 65534;

  static UnprivilegedUser forPostgres() {
    int uid = uid(Path.of("/proc/self"));
    boolean named = !System.getProperty("user.name", "?").equals("?");
    if (uid != 0 && named) {
      return new UnprivilegedUser(uid, List.of());
    }
    // In a user namespace without a mapping the same user is seen as "nobody", and its files as its
    // own. That also names
    // a container's user of whom /etc/passwd knows nothing, which initdb insists on.
    List<String> unshare = List.of("unshare", "--user");
    if (works(unshare)) {
      return new UnprivilegedUser(uid, unshare);
    }
    if (uid != 0) {
      throw new EmbeddedFailure(
          "PostgreSQL wants a user with a name, and /etc/passwd has none for uid "
              + uid
              + ". Add one, or start this as another user.");
    }
    // Docker's default profile forbids namespaces. Then as nobody, with the one right to pass
    // through directories that
    // are root's alone, as /root is. Without the securebit, access(2) would not count that right.
    List<String> setpriv =
        List.of(
            "setpriv",
            "--securebits=+no_setuid_fixup",
            "--reuid=" + NOBODY,
            "--regid=" + NOBODY,
            "--clear-groups",
            "--inh-caps=-all,+dac_override",
            "--ambient-caps=-all,+dac_override",
            "--bounding-set=-all,+dac_override");
    if (works(setpriv)) {
      return new UnprivilegedUser(NOBODY, setpriv);
    }
    throw new EmbeddedFailure("PostgreSQL refuses to run as root. Start this as another user.");
  }

  List<String> command(List<String> command) {
    List<String> whole = new ArrayList<>(prefix);
    whole.addAll(command);
    return whole;
  }

  /** Hands a tree over that an earlier start made for another user. */
  void own(Path root) throws IOException {
    if (uid(root) == uid) {
      return;
    }
    try (Stream<Path> tree = Files.walk(root)) {
      for (Path path : (Iterable<Path>) tree::iterator) {
        Files.setAttribute(path, "unix:uid", uid, LinkOption.NOFOLLOW_LINKS);
      }
    }
  }

  private static int uid(Path path) {
    try {
      return (Integer) Files.getAttribute(path, "unix:uid");
    } catch (IOException e) {
      throw new EmbeddedFailure("Can't tell who owns " + path + ": " + e, e);
    }
  }

  private static boolean works(List<String> prefix) {
    try {
      List<String> command = new ArrayList<>(prefix);
      command.add("true");
      Process trial =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (!trial.waitFor(5, TimeUnit.SECONDS)) {
        trial.destroyForcibly();
        return false;
      }
      return trial.exitValue() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
