package tickets.benchmarks.killanywhere;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Each process killed and paused, with a seed that is not that of the short run. */
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class KillAnywhereLongTest {

  private static final Path HOME = Path.of("").toAbsolutePath().getParent();

  @Test
  void nothingIsLostOrDoubledWhicheverProcessIsKilledOrPaused(@TempDir Path directory)
      throws Exception {
    KillAnywhere.Result result =
        KillAnywhere.run(
            Options.of(
                HOME,
                "--tickets",
                "3000",
                "--faults",
                "14",
                "--seed",
                "11",
                "--dense",
                "--work",
                directory.resolve("run").toString()));
    assertThat(result.lost()).as("lost, of %s", result.checks()).isZero();
    assertThat(result.duplicated()).as("duplicated, of %s", result.checks()).isZero();
    assertThat(result.wrong()).as("wrong, of %s", result.checks()).isEmpty();
    assertThat(result.passed()).isTrue();
  }
}
