package tickets.scorer.explain;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;

/** What explaining costs, and for how many it came too late. Names and tags are public API. */
public final class ExplanationMeters {

  private final Timer explained;
  private final Timer failed;
  private final Counter expired;

  public ExplanationMeters(MeterRegistry registry) {
    explained = timer(registry, "explained");
    failed = timer(registry, "failed");
    expired =
        Counter.builder("scorer.explanations.expired")
            .description("Questions that were not worked out, for nobody waited any more")
            .register(registry);
  }

  private static Timer timer(MeterRegistry registry, String outcome) {
    return Timer.builder("scorer.explanation")
        .description("How long an explanation took to work out")
        .tag("outcome", outcome)
        .register(registry);
  }

  void answered(boolean found, Duration took) {
    (found ? explained : failed).record(took);
  }

  void expired() {
    expired.increment();
  }
}
