package tickets.scorer;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;

/** The scorers of all lanes, started and stopped with the application. */
final class RunningScorers implements SmartLifecycle {

  private final List<RunningScorer> scorers;
  private volatile boolean running;

  RunningScorers(List<RunningScorer> scorers) {
    this.scorers = List.copyOf(scorers);
  }

  /** What the one is doing that is least well. */
  RunningScorer.State state() {
    return scorers.stream()
        .map(RunningScorer::state)
        .min(Comparator.naturalOrder())
        .orElse(RunningScorer.State.STOPPED);
  }

  /** Why one of them last failed; null if all are well, or never failed. */
  @Nullable Throwable lastFailure() {
    return scorers.stream()
        .map(RunningScorer::lastFailure)
        .filter(Objects::nonNull)
        .findFirst()
        .orElse(null);
  }

  @Override
  public void start() {
    scorers.forEach(RunningScorer::start);
    running = true;
  }

  /** All at the same time: each may need most of the time that a stop may take. */
  @Override
  public void stop() {
    List<Thread> stopping = new ArrayList<>();
    for (RunningScorer scorer : scorers) {
      Thread thread = new Thread(scorer::stop, "scorer-stop");
      thread.start();
      stopping.add(thread);
    }
    try {
      for (Thread thread : stopping) {
        thread.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    running = false;
  }

  @Override
  public boolean isRunning() {
    return running;
  }
}
