package tickets.benchmarks.processes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CpuSharesTest {

  @Test
  void aShareIsAPartOfEveryPeriod() {
    assertThat(CpuShares.settings(CpuShares.Kind.V2, 40))
        .containsExactly(entry("cpu.max", "40000 100000"));
    assertThat(CpuShares.settings(CpuShares.Kind.V1, 40))
        .containsExactly(entry("cpu.cfs_period_us", "100000"), entry("cpu.cfs_quota_us", "40000"));
  }

  @Test
  void whereNoGroupHasALimitItIsSaidWhatToDo(@TempDir Path mount) {
    assertThatThrownBy(
            () ->
                CpuShares.open(
                    List.of(
                        "tmpfs /sys/fs/cgroup tmpfs rw 0 0",
                        "cgroup " + mount + " cgroup rw,memory 0 0",
                        // A directory, but of no control groups.
                        "cgroup2 " + mount + " cgroup2 rw 0 0")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("as root");
    assertThat(mount).isEmptyDirectory();
  }
}
