package tickets.benchmarks.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** {@code benchmarks/backlog --stub}: the pipeline without tokenizer and model. */
final class StubRun implements AutoCloseable {
  private static final Pattern RATE = Pattern.compile("stub_tickets_per_s=([0-9.]+)");
  private static final long LIMIT_MINUTES = 10;

  private final Path home;
  private final Path log;
  private @Nullable Process process;

  /**
   * @param log where its output goes
   */
  StubRun(Path home, Path log) {
    this.home = home;
    this.log = log;
  }

  /**
   * @param tickets of its longest backlog
   * @return tickets a second to committed outcomes
   * @throws IOException if it told no rate; the message says where its output is
   */
  double rate(int tickets) throws IOException, InterruptedException {
    Process started =
        new ProcessBuilder("benchmarks/backlog", "--stub", "--tickets", Integer.toString(tickets))
            .directory(home.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    process = started;
    boolean ended = started.waitFor(LIMIT_MINUTES, TimeUnit.MINUTES);
    close();
    Matcher rate = RATE.matcher(Files.readString(log));
    if (!ended || !rate.find()) {
      throw new IOException("benchmarks/backlog --stub told no rate; see " + log);
    }
    return Double.parseDouble(rate.group(1));
  }

  @Override
  public void close() {
    Process running = process;
    if (running == null) {
      return;
    }
    // It ends its own processes when it is told to end.
    running.destroy();
    try {
      if (!running.waitFor(30, TimeUnit.SECONDS)) {
        running.destroyForcibly();
      }
    } catch (InterruptedException e) {
      running.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    process = null;
  }
}
