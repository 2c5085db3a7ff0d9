package tickets.scorer.switching;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import java.util.function.Function;
import tickets.scorer.batch.BatchScoring;
import tickets.scorer.model.ModelManifest;
import tickets.scorer.model.ScoredBatch;
import tickets.scorer.model.ScoringEngine;

/**
 * Scores with one engine, and from one batch to the next with another. A batch is scored by exactly
 * one of them, from its first pass to its last; the one that was replaced is closed when its last
 * batch is done.
 */
public final class SwitchableEngine implements BatchScoring, AutoCloseable {

  private final List<Consumer<ScoringEngine>> listeners = new CopyOnWriteArrayList<>();
  private volatile Serving serving;
  private boolean closed;

  public SwitchableEngine(ScoringEngine first) {
    serving = new Serving(first);
  }

  /** An engine that is not closed while it scores. */
  private static final class Serving {
    final ScoringEngine engine;
    private final ReadWriteLock open = new ReentrantReadWriteLock();
    private boolean closed;

    Serving(ScoringEngine engine) {
      this.engine = engine;
    }

    /** False if it is closed; else {@link #leave} has to follow, on the same thread. */
    boolean enter() {
      open.readLock().lock();
      if (closed) {
        open.readLock().unlock();
        return false;
      }
      return true;
    }

    void leave() {
      open.readLock().unlock();
    }

    void closeWhenDone() {
      open.writeLock().lock();
      try {
        if (!closed) {
          closed = true;
          engine.close();
        }
      } finally {
        open.writeLock().unlock();
      }
    }
  }

  /** Whose scores these are at this moment. A batch says itself which model scored it. */
  public ModelManifest manifest() {
    return serving.engine.manifest();
  }

  @Override
  public ScoredBatch score(List<String> texts) {
    return scored(engine -> engine.score(texts));
  }

  /** The same as {@link ScoringEngine#scoreGivingWay}. */
  public ScoredBatch scoreGivingWay(List<String> texts) {
    return scored(engine -> engine.scoreGivingWay(texts));
  }

  private ScoredBatch scored(Function<ScoringEngine, ScoredBatch> score) {
    Serving mine = serving;
    while (!mine.enter()) {
      Serving newer = serving;
      if (newer == mine) {
        throw new IllegalStateException("The engine is closed");
      }
      mine = newer;
    }
    try {
      return score.apply(mine.engine);
    } finally {
      mine.leave();
    }
  }

  /**
   * The same for who knows engines only. Each call may meet another model, whose manifest is then
   * the engine's; closing it does nothing.
   */
  public ScoringEngine asEngine() {
    return new ScoringEngine() {
      @Override
      public ModelManifest manifest() {
        return SwitchableEngine.this.manifest();
      }

      @Override
      public ScoredBatch score(List<String> texts) {
        return SwitchableEngine.this.score(texts);
      }

      @Override
      public double warmUp() {
        return serving.engine.warmUp();
      }

      @Override
      public void close() {
        // It is not this one's to close.
      }
    };
  }

  /** The listener is told of every engine that takes over, before the one of before is closed. */
  public void onSwitch(Consumer<ScoringEngine> listener) {
    listeners.add(listener);
  }

  /**
   * Every batch that begins from now on is scored by this engine. Returns when the batches under
   * way are done and the engine of before is closed.
   *
   * @param next loaded and warmed up; closed by this object from now on
   */
  synchronized void switchTo(ScoringEngine next) {
    if (closed) {
      next.close();
      throw new IllegalStateException("The scorer is being stopped");
    }
    Serving before = serving;
    serving = new Serving(next);
    listeners.forEach(listener -> listener.accept(next));
    before.closeWhenDone();
  }

  @Override
  public synchronized void close() {
    closed = true;
    serving.closeWhenDone();
  }
}
