package tickets.benchmarks;

import java.util.ArrayList;
import java.util.List;

/** What a run has started and not yet ended; closing it ends all of that, the last first. */
public final class Running implements AutoCloseable {
  private final List<AutoCloseable> running = new ArrayList<>();

  /** Also to be ended on Ctrl-C. */
  public static Running untilCtrlC() {
    Running running = new Running();
    Runtime.getRuntime().addShutdownHook(new Thread(running::close, "on-ctrl-c"));
    return running;
  }

  public synchronized <T extends AutoCloseable> T during(T started) {
    running.add(started);
    return started;
  }

  /** Before all else is. */
  public void end(AutoCloseable started) throws Exception {
    synchronized (this) {
      running.remove(started);
    }
    started.close();
  }

  @Override
  public void close() {
    List<AutoCloseable> left;
    synchronized (this) {
      left = new ArrayList<>(running);
      running.clear();
    }
    for (int i = left.size() - 1; i >= 0; i--) {
      try {
        left.get(i).close();
      } catch (Exception e) {
        Progress.line("Something did not end: %s", e);
      }
    }
  }
}
