package tickets.scorer;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import tickets.scorer.model.ModelManifest;

/** Up while tickets can be scored; says by which model, or what is in the way. */
final class ScorerHealth implements HealthIndicator {

  private final RunningScorer scorer;
  private final ModelManifest model;

  ScorerHealth(RunningScorer scorer, ModelManifest model) {
    this.scorer = scorer;
    this.model = model;
  }

  @Override
  public Health health() {
    RunningScorer.State state = scorer.state();
    Health.Builder health = state == RunningScorer.State.RUNNING ? Health.up() : Health.down();
    health
        .withDetail("state", state)
        .withDetail("model", model.name() + " " + model.version())
        .withDetail("digest", model.digest());
    Throwable failure = scorer.lastFailure();
    if (failure != null) {
      health.withDetail("last_failure", String.valueOf(failure.getMessage()));
    }
    return health.build();
  }
}
