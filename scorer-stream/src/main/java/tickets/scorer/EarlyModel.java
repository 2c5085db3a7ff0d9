package tickets.scorer;

import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.event.ApplicationFailedEvent;
import org.springframework.boot.context.event.ApplicationPreparedEvent;
import org.springframework.boot.context.event.SpringApplicationEvent;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import tickets.scorer.model.Precision;
import tickets.scorer.model.ScoringEngine;
import tickets.scorer.model.TicketScorer;

/**
 * Loads the model, and warms it up, while the application's other parts are made: the two take
 * about as long, and neither needs the other.
 *
 * <pre>
 *   settings known ┬─ model ──────────────────────┬─▶ stream threads ─▶ ready
 *                  └─ beans, none with a model yet ┘
 * </pre>
 */
final class EarlyModel implements ApplicationListener<SpringApplicationEvent> {

  private @Nullable Loading loading;

  /** A model under way. */
  static final class Loading {
    private final CompletableFuture<TicketScorer> loaded = new CompletableFuture<>();

    private Loading(Path model, Precision precision, Path state) {
      // No daemon: a JVM that ends while a thread is in the native library may crash.
      new Thread(
              () -> {
                try {
                  loaded.complete(warm(TicketScorer.load(model, precision, state)));
                } catch (Throwable e) {
                  loaded.completeExceptionally(e);
                }
              },
              "model")
          .start();
    }

    private static TicketScorer warm(TicketScorer scorer) {
      try {
        scorer.warmUp();
        return scorer;
      } catch (RuntimeException e) {
        scorer.close();
        throw e;
      }
    }

    /** Waits for it; throws what loading threw. */
    TicketScorer await() {
      try {
        return loaded.join();
      } catch (CompletionException e) {
        if (e.getCause() instanceof RuntimeException failure) {
          throw failure;
        }
        if (e.getCause() instanceof Error error) {
          throw error;
        }
        throw e;
      }
    }

    private void discard() {
      loaded.thenAccept(TicketScorer::close);
    }
  }

  @Override
  public void onApplicationEvent(SpringApplicationEvent event) {
    if (event instanceof ApplicationPreparedEvent prepared) {
      start(prepared.getApplicationContext());
    } else if (event instanceof ApplicationFailedEvent && loading != null) {
      loading.discard();
    }
  }

  /** Unless there is another engine, or a setting is missing: then its check is to say so. */
  private void start(ConfigurableApplicationContext application) {
    if (application.getBeanFactory().getBeanNamesForType(ScoringEngine.class, true, false).length
        > 0) {
      return;
    }
    Binder settings = Binder.get(application.getEnvironment());
    Path model = settings.bind("scorer.model-path", Path.class).orElse(null);
    Precision precision = settings.bind("scorer.model-precision", Precision.class).orElse(null);
    Path state = settings.bind("scorer.state-dir", Path.class).orElse(null);
    if (model != null && precision != null && state != null) {
      loading = new Loading(model, precision, state);
      application.getBeanFactory().registerSingleton("loadingModel", loading);
    }
  }
}
