package tickets.scorer.evaluate;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import tickets.scorer.model.TicketScorer;

/** Has a model read many texts, with all cores. */
final class Reading {
  private static final int BATCH = 64;

  private Reading() {}

  /**
   * @param done told how many texts are read, from several threads
   * @return one element a text, in their order; empty where the model fails on a text
   * @throws RuntimeException if the model as a whole is broken
   */
  static List<Optional<TicketScorer.Raw>> of(
      TicketScorer scorer, List<String> texts, IntConsumer done) {
    AtomicInteger count = new AtomicInteger();
    List<Callable<List<Optional<TicketScorer.Raw>>>> batches = new ArrayList<>();
    for (int from = 0; from < texts.size(); from += BATCH) {
      List<String> batch = texts.subList(from, Math.min(texts.size(), from + BATCH));
      batches.add(
          () -> {
            List<Optional<TicketScorer.Raw>> raw = scorer.raw(batch);
            done.accept(count.addAndGet(batch.size()));
            return raw;
          });
    }
    // The model computes with one thread for each that calls.
    ExecutorService pool = Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
    try {
      List<Optional<TicketScorer.Raw>> all = new ArrayList<>();
      for (Future<List<Optional<TicketScorer.Raw>>> batch : pool.invokeAll(batches)) {
        all.addAll(batch.get());
      }
      return all;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw new IllegalStateException("The model can't be asked.", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Stopped while the model was reading.", e);
    } finally {
      pool.shutdownNow();
    }
  }
}
