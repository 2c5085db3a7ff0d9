package tickets.benchmarks.overload;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A minute of ten times what can be scored; what depends on the machine's speed is not judged. */
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class OverloadLongTest {

  private static final Path HOME = Path.of("").toAbsolutePath().getParent();

  @Test
  void whatIsTakenIsScoredAndTheRestIsToldSo(@TempDir Path directory) throws Exception {
    Overload.Result result =
        Overload.run(
            Options.of(
                HOME,
                "--seconds",
                "60",
                "--measure",
                "20",
                "--work",
                directory.resolve("run").toString()));

    // 504 is what a machine says that became too slow for what it had taken; that is scored too.
    // What this process had no room to send never was a call.
    assertThat(result.answers().keySet())
        .as("%s", result.answers())
        .isSubsetOf(
            "sync 200",
            "sync 503",
            "sync 504",
            "sync not sent",
            "async 202",
            "async 503",
            "async not sent");
    assertThat(result.lost()).isZero();
    assertThat(result.accepted()).isPositive();
    assertThat(result.refusedWithoutRetryAfter()).isZero();
  }
}
