package tickets.benchmarks.restarts;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each service restarted once, two of ingest-api behind clients that try the other one. */
class RollingRestartLongTest {

  private static final Path HOME = Path.of("").toAbsolutePath().getParent();

  @Test
  void noCallFailsButWhatIsRetried(@TempDir Path directory) throws Exception {
    RollingRestart.Result result = RollingRestart.run(HOME, directory.resolve("run"), 1);

    assertThat(result.failed()).isEmpty();
    assertThat(result.calls()).isPositive();
    assertThat(result.restarts()).hasSize(4);
  }
}
