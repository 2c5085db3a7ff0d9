package tickets.embedded;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A server as a child process, in a session of its own: Ctrl-C on the terminal signals the whole
 * foreground process group, and a store must not be gone before the services that still write to
 * it.
 */
final class ServerProcess {
  private static final Logger log = LoggerFactory.getLogger(ServerProcess.class);
  private static final long MAX_LOG_BYTES = 8L * 1024 * 1024;
  private static final int LOG_END_BYTES = 16 * 1024;
  private static final long POLL_MILLIS = 20;

  /** A signal (name as kill takes it) and how long the process may take to obey it. */
  record Stop(String signal, Duration limit) {}

  private final String name;
  private final Process process;
  private final Path logFile;
  private final long logStart;
  private final List<Stop> stops;

  private ServerProcess(
      String name, Process process, Path logFile, long logStart, List<Stop> stops) {
    this.name = name;
    this.process = process;
    this.logFile = logFile;
    this.logStart = logStart;
    this.stops = stops;
  }

  /**
   * @param stops how to stop it, mildest first; after the last it is killed
   */
  static ServerProcess start(
      String name, List<String> command, Path workingDirectory, Path logFile, List<Stop> stops) {
    List<String> inOwnSession = new ArrayList<>();
    // setsid replaces itself by the command (a child of ours leads no process group), so the pid is
    // the server's.
    inOwnSession.add("setsid");
    inOwnSession.addAll(command);
    try {
      keepOneOldLog(logFile);
      long logStart = Files.exists(logFile) ? Files.size(logFile) : 0;
      ProcessBuilder builder =
          new ProcessBuilder(inOwnSession)
              .directory(workingDirectory.toFile())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(logFile.toFile()));
      // Messages in English whatever the user's locale: we quote them.
      builder.environment().putAll(Map.of("LC_ALL", "C", "LANG", "C"));
      Process process = builder.start();
      process.getOutputStream().close();
      return new ServerProcess(name, process, logFile, logStart, stops);
    } catch (IOException e) {
      throw new EmbeddedFailure(
          name
              + " can't be started: "
              + EmbeddedFailure.reason(e)
              + ". It needs setsid and unshare (Debian package util-linux).",
          e);
    }
  }

  private static void keepOneOldLog(Path logFile) throws IOException {
    if (Files.exists(logFile) && Files.size(logFile) > MAX_LOG_BYTES) {
      Path old = logFile.resolveSibling(logFile.getFileName() + ".1");
      Files.move(logFile, old, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  long pid() {
    return process.pid();
  }

  /** Waits until the server says it is ready, and stops it if it does not in time. */
  void awaitReady(BooleanSupplier ready, Duration limit) {
    long deadline = System.nanoTime() + limit.toNanos();
    try {
      while (!ready.getAsBoolean()) {
        if (process.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
          throw new EmbeddedFailure(
              name + " did not start: " + complaint() + ". More in " + logFile + ".");
        }
        if (System.nanoTime() > deadline) {
          throw new EmbeddedFailure(
              name
                  + " was not ready after "
                  + limit.toSeconds()
                  + " s: "
                  + complaint()
                  + ". More in "
                  + logFile
                  + ".");
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      stop();
      throw new EmbeddedFailure(name + "'s start was interrupted.", e);
    } catch (RuntimeException e) {
      stop();
      throw e;
    }
  }

  /** Whether another process took the port between our look at it and the server's bind. */
  boolean foundItsPortTaken() {
    return said().stream().anyMatch(line -> line.contains("Address already in use"));
  }

  /** The last line of its log that names a failure, else the last line. */
  private String complaint() {
    List<String> lines = said();
    String last = lines.isEmpty() ? "it said nothing" : lines.get(lines.size() - 1);
    return lines.stream()
        .filter(line -> line.matches("(?i).*(fatal|error|fail|could not|can't|cannot|bad file).*"))
        .reduce((earlier, later) -> later)
        .orElse(last)
        // Without its time stamp and process id, in PostgreSQL's form or in Redis'.
        .replaceFirst("^\\S.*?(?:FATAL|PANIC|ERROR): +|^[0-9]+:[A-Z] .*? [#*-] ", "")
        .strip();
  }

  /** The last lines that this run of it wrote. */
  private List<String> said() {
    try (FileChannel channel = FileChannel.open(logFile)) {
      ByteBuffer end = ByteBuffer.allocate(LOG_END_BYTES);
      long position = Math.max(logStart, channel.size() - LOG_END_BYTES);
      while (end.hasRemaining()) {
        int read = channel.read(end, position + end.position());
        if (read < 0) {
          break;
        }
      }
      String text = new String(end.array(), 0, end.position(), StandardCharsets.UTF_8);
      return text.lines().filter(line -> !line.isBlank()).toList();
    } catch (IOException e) {
      return List.of("its log can't be read: " + e);
    }
  }

  /** Returns when the process is gone. Each step has a limit; the last step can't be refused. */
  void stop() {
    stop(name, process.toHandle(), () -> !process.isAlive(), stops);
  }

  /**
   * Stops what a killed JVM left on a data directory of ours.
   *
   * @param recognise the command line of a server that holds this directory, never of another one
   */
  static void stopOrphans(String name, Predicate<List<String>> recognise, List<Stop> stops) {
    List<ProcessHandle> orphans =
        ProcessHandle.allProcesses()
            .filter(process -> recognise.test(commandLine(process)))
            .toList();
    for (ProcessHandle orphan : orphans) {
      log.warn(
          "{} of an earlier run that was killed is still there (pid {}): stopping it",
          name,
          orphan.pid());
      // By the command line, not by isAlive: nobody may reap it here, and then its pid stays for
      // good.
      BooleanSupplier gone = () -> !recognise.test(commandLine(orphan));
      if (!stop(name, orphan, gone, stops)) {
        throw new EmbeddedFailure(
            name
                + " of an earlier run (pid "
                + orphan.pid()
                + ") does not stop. End it by hand: kill -9 "
                + orphan.pid());
      }
    }
  }

  /** Empty for a process that is gone, is nobody's (a zombie), or is not ours to see. */
  static List<String> commandLine(ProcessHandle process) {
    try {
      Path file = Path.of("/proc", Long.toString(process.pid()), "cmdline");
      String arguments = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
      return List.of(arguments.split("\0"));
    } catch (IOException e) {
      return List.of();
    }
  }

  private static boolean stop(
      String name, ProcessHandle process, BooleanSupplier gone, List<Stop> stops) {
    for (Stop step : stops) {
      if (gone.getAsBoolean()) {
        return true;
      }
      signal(process, step.signal());
      if (await(gone, step.limit())) {
        return true;
      }
      log.warn(
          "{} (pid {}) ignored SIG{} for {} s",
          name,
          process.pid(),
          step.signal(),
          step.limit().toSeconds());
    }
    process.destroyForcibly();
    return await(gone, Duration.ofSeconds(5));
  }

  private static void signal(ProcessHandle process, String signal) {
    try {
      // The JDK sends only TERM and KILL. The shell's own kill is there even where no kill program
      // is.
      Process kill =
          new ProcessBuilder(
                  "/bin/sh", "-c", "kill -s \"$0\" \"$1\"", signal, Long.toString(process.pid()))
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      await(() -> !kill.isAlive(), Duration.ofSeconds(5));
    } catch (IOException e) {
      log.warn("Can't send SIG{} to pid {}: {}", signal, process.pid(), e.toString());
    }
  }

  /** Waits even when interrupted: a stop that is broken off leaves an orphan. */
  private static boolean await(BooleanSupplier condition, Duration limit) {
    boolean interrupted = false;
    long deadline = System.nanoTime() + limit.toNanos();
    try {
      while (!condition.getAsBoolean()) {
        if (System.nanoTime() > deadline) {
          return false;
        }
        try {
          Thread.sleep(POLL_MILLIS);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      return true;
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
