package tickets.benchmarks.processes;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tickets.benchmarks.Progress;

/**
 * One of the six, with all its processes: a signal goes to each of them, as it would if their
 * container were hit (PostgreSQL has one for every connection).
 *
 * <p>It is started again as an init system would: whenever it is gone and nobody here wants it
 * gone.
 */
public final class Server {

  /** Starting may fail a few times, as long as an init system's patience lasts. */
  private static final Duration START_LIMIT = Duration.ofSeconds(120);

  private static final long RESTART_PAUSE_MILLIS = 1_000;

  /** Starts the process and knows how to end it in good order. */
  interface Program {
    /**
     * Returns the process that the signals go to, with its children.
     *
     * @throws IOException or an unchecked exception if it did not start
     */
    ProcessHandle start() throws IOException;

    /** Ends it in good order, or tidies up after a process that is gone already. */
    void stop(ProcessHandle process);
  }

  private final Role role;
  private final Program program;
  private @Nullable ProcessHandle process;
  private boolean wanted;

  /** Stopped for good: whoever still wants it started comes too late. */
  private volatile boolean closed;

  private int ownExits;

  Server(Role role, Program program) {
    this.role = role;
    this.program = program;
  }

  public Role role() {
    return role;
  }

  /** Returns when the process runs; for a store, when it takes connections. */
  public synchronized void start() throws InterruptedException {
    wanted = true;
    long deadline = System.nanoTime() + START_LIMIT.toNanos();
    while (!closed) {
      try {
        process = program.start();
        return;
      } catch (IOException | RuntimeException e) {
        if (System.nanoTime() > deadline) {
          throw new IllegalStateException(role.label() + " can't be started: " + e.getMessage(), e);
        }
        Progress.line("%s did not start, another try in 1 s: %s", role.label(), e.getMessage());
      }
      TimeUnit.MILLISECONDS.sleep(RESTART_PAUSE_MILLIS);
    }
  }

  /** SIGKILL to all of it; returns when nothing of it runs. */
  public synchronized void kill() throws IOException, InterruptedException {
    wanted = false;
    if (process != null) {
      signal("KILL");
      program.stop(process);
    }
  }

  /** Ends it in good order, as an init system does for a new version; {@link #start} again. */
  public synchronized void terminate() {
    wanted = false;
    if (process != null) {
      program.stop(process);
    }
  }

  /** SIGSTOP to all of it. */
  public synchronized void pause() throws IOException, InterruptedException {
    signal("STOP");
  }

  /** SIGCONT to all of it. */
  public synchronized void resume() throws IOException, InterruptedException {
    signal("CONT");
  }

  /** In good order, and for good; a start that does not succeed is given up. */
  public void stop() throws IOException, InterruptedException {
    closed = true;
    stopNow();
  }

  private synchronized void stopNow() throws IOException, InterruptedException {
    wanted = false;
    if (process != null) {
      // It may be paused: that would outlast any polite request.
      signal("CONT");
      program.stop(process);
    }
  }

  /** Starts it again if it ended by itself. */
  synchronized void restartIfGone() throws InterruptedException {
    if (wanted && process != null && !runs(process)) {
      ownExits++;
      Progress.line("%s ended by itself: starting it again", role.label());
      program.stop(process);
      TimeUnit.MILLISECONDS.sleep(RESTART_PAUSE_MILLIS);
      start();
    }
  }

  /** How often it ended by itself. */
  public synchronized int ownExits() {
    return ownExits;
  }

  public synchronized @Nullable ProcessHandle process() {
    return process;
  }

  /** New children may come while the others are signalled, until their parent has it. */
  private void signal(String name) throws IOException, InterruptedException {
    ProcessHandle root = process;
    if (root == null) {
      return;
    }
    Set<ProcessHandle> signalled = new LinkedHashSet<>();
    List<ProcessHandle> fresh = tree(root);
    while (!fresh.isEmpty()) {
      List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", "kill -s \"$@\"", "kill"));
      command.add(name);
      fresh.forEach(each -> command.add(Long.toString(each.pid())));
      // Ends with an error when one of them is gone already, which is as well.
      new ProcessBuilder(command)
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start()
          .waitFor();
      signalled.addAll(fresh);
      fresh = tree(root).stream().filter(each -> !signalled.contains(each)).toList();
    }
    if (name.equals("KILL")) {
      // Children that outlived their parent are nobody's: tree() does not find them any more.
      awaitGone(List.copyOf(signalled));
    }
  }

  /** What it consists of now. */
  public synchronized List<ProcessHandle> processes() {
    return process == null ? List.of() : tree(process);
  }

  private static List<ProcessHandle> tree(ProcessHandle root) {
    List<ProcessHandle> all = new ArrayList<>();
    if (runs(root)) {
      all.add(root);
    }
    root.descendants().filter(Server::runs).forEach(all::add);
    return all;
  }

  private void awaitGone(List<ProcessHandle> processes) throws InterruptedException {
    long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (processes.stream().anyMatch(Server::runs)) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException(role.label() + " is not gone 30 s after SIGKILL");
      }
      TimeUnit.MILLISECONDS.sleep(10);
    }
  }

  /** Whether it is there and not merely a dead one that nobody has asked for its exit code. */
  static boolean runs(ProcessHandle process) {
    try {
      String stat =
          Files.readString(
              Path.of("/proc", Long.toString(process.pid()), "stat"), StandardCharsets.ISO_8859_1);
      char state = stat.charAt(stat.lastIndexOf(')') + 2);
      return state != 'Z' && state != 'X' && process.isAlive();
    } catch (IOException e) {
      return false;
    }
  }
}
