package tickets.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What of the repository was measured. */
public final class Commit {
  private Commit() {}

  /** Its hash, with "+" where files differ from it; empty where there is no git. */
  public static String of(Path home) {
    String head = git(home, "rev-parse", "HEAD");
    return head.isEmpty() || git(home, "status", "--porcelain").isEmpty() ? head : head + "+";
  }

  private static String git(Path home, String... arguments) {
    List<String> command = new ArrayList<>(List.of("git"));
    command.addAll(List.of(arguments));
    try {
      Process process =
          new ProcessBuilder(command)
              .directory(home.toFile())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      return "";
    }
  }
}
