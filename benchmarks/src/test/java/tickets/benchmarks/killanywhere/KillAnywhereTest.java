package tickets.benchmarks.killanywhere;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tickets.benchmarks.Harness;
import tickets.benchmarks.processes.Servers;

/** The short run of every build: each process killed once, two at a time, while tickets come in. */
class KillAnywhereTest {

  private static final Path HOME = Path.of("").toAbsolutePath().getParent();

  @Test
  void nothingIsLostOrDoubledWhicheverProcessIsKilled(@TempDir Path directory) throws Exception {
    for (String module : new String[] {"ingest-api", "scorer-stream", "results-sink"}) {
      assumeTrue(
          isBuilt(module),
          module + " has no executable jar yet: they are made in phase package, run mvn verify");
    }
    KillAnywhere.Result result =
        KillAnywhere.run(
            Options.of(
                HOME,
                "--tickets",
                "300",
                "--faults",
                "6",
                "--seed",
                "1",
                "--dense",
                "--work",
                directory.resolve("run").toString()));
    assertThat(result.lost()).as("lost, of %s", result.checks()).isZero();
    assertThat(result.duplicated()).as("duplicated, of %s", result.checks()).isZero();
    assertThat(result.wrong()).as("wrong, of %s", result.checks()).isEmpty();
    assertThat(result.unrecovered()).as("faults not recovered from").isZero();
    assertThat(result.passed()).isTrue();
    assertThat(directory.resolve("run/faults.jsonl")).content().hasLineCount(6);
  }

  private static boolean isBuilt(String module) {
    try {
      return Files.exists(Servers.jar(HOME, module));
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void argumentsThatMakeNoSenseAreRefusedWithTheReason() {
    assertThatThrownBy(() -> Options.of(HOME, "--tickets", "many"))
        .isInstanceOf(Harness.Unusable.class)
        .hasMessageContaining("--tickets needs a number");
    assertThatThrownBy(() -> Options.of(HOME, "--ticket", "5"))
        .isInstanceOf(Harness.Unusable.class)
        .hasMessageContaining("unknown argument --ticket");
  }
}
