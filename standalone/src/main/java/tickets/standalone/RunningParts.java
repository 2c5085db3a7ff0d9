package tickets.standalone;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What has started, stopped in the opposite order. A part that does not stop keeps no other one
 * from stopping: the stores come last, and the next start has to mend what was not closed.
 */
final class RunningParts implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(RunningParts.class);

  private final Duration limit;
  private final Deque<Part> parts = new ArrayDeque<>();

  private record Part(String name, AutoCloseable closeable) {}

  /**
   * @param limit how long each may take to stop; then it is left behind
   */
  RunningParts(Duration limit) {
    this.limit = limit;
  }

  synchronized void add(String name, AutoCloseable part) {
    parts.push(new Part(name, part));
  }

  /** Returns when all have stopped or were left behind; calling it again does nothing. */
  @Override
  public synchronized void close() {
    while (!parts.isEmpty()) {
      stop(parts.pop());
    }
  }

  private void stop(Part part) {
    Thread stopping =
        new Thread(
            () -> {
              try {
                part.closeable().close();
              } catch (Exception e) {
                log.warn("{} did not stop in order", part.name(), e);
              }
            },
            "stop-" + part.name());
    stopping.setDaemon(true);
    stopping.start();
    await(stopping);
    if (stopping.isAlive()) {
      log.warn("{} did not stop within {} s and is left behind", part.name(), limit.toSeconds());
    }
  }

  /** Also when interrupted: a stop that is broken off leaves the stores' processes behind. */
  private void await(Thread stopping) {
    boolean interrupted = false;
    long deadline = System.nanoTime() + limit.toNanos();
    long left = limit.toMillis();
    while (stopping.isAlive() && left > 0) {
      try {
        stopping.join(left);
      } catch (InterruptedException e) {
        interrupted = true;
      }
      left = (deadline - System.nanoTime()) / 1_000_000;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
