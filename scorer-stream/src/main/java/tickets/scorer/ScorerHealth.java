package tickets.scorer;

import java.util.function.Supplier;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import tickets.scorer.model.ModelManifest;

/** Up while the tickets of both lanes can be scored; says by which model, or what is in the way. */
final class ScorerHealth implements HealthIndicator {

  private final Supplier<RunningScorers> scorers;
  private final Supplier<ModelManifest> model;

  /** Asks for neither before it is asked itself. */
  ScorerHealth(Supplier<RunningScorers> scorers, Supplier<ModelManifest> model) {
    this.scorers = scorers;
    this.model = model;
  }

  @Override
  public Health health() {
    RunningScorers scorers = this.scorers.get();
    ModelManifest model = this.model.get();
    RunningScorer.State state = scorers.state();
    Health.Builder health = state == RunningScorer.State.RUNNING ? Health.up() : Health.down();
    health
        .withDetail("state", state)
        .withDetail("model", model.name() + " " + model.version())
        .withDetail("digest", model.digest());
    Throwable failure = scorers.lastFailure();
    if (failure != null) {
      health.withDetail("last_failure", String.valueOf(failure.getMessage()));
    }
    return health.build();
  }
}
