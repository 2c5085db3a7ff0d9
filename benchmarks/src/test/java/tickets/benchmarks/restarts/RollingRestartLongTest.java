package tickets.benchmarks.restarts;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Each service restarted once, two of ingest-api behind clients that try the other one. */
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class RollingRestartLongTest {

  private static final Path HOME = Path.of("").toAbsolutePath().getParent();

  private static final int MOST_REBALANCES = 5;

  @Test
  void noCallFailsButWhatIsRetriedAndNoGroupIsRebalancedOverAndOver(@TempDir Path directory)
      throws Exception {
    RollingRestart.Result result =
        RollingRestart.run(
            RollingRestart.Options.of(
                HOME, "--rounds", "1", "--work", directory.resolve("run").toString()));

    assertThat(result.failed()).isEmpty();
    assertThat(result.calls()).isPositive();
    assertThat(result.restarts())
        .extracting(RollingRestart.Restart::service)
        .containsExactly("scorer", "sink", "ingest", "ingest 2");
    assertThat(result.restarts().get(0).rebalances()).containsKey("scorer-stream");
    assertThat(result.restarts().get(1).rebalances()).containsKey("results-sink-postgres");
    // Seldom more than two; the rest is for a machine too slow for heartbeats.
    assertThat(result.restarts())
        .allSatisfy(
            restart ->
                assertThat(restart.rebalances().values())
                    .as("%s", restart)
                    .allSatisfy(count -> assertThat(count).isLessThanOrEqualTo(MOST_REBALANCES)));
  }
}
