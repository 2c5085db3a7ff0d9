package tickets.benchmarks.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tickets.benchmarks.Texts;

class WorkloadTest {
  private static final Path WORKLOADS = Path.of("workloads");

  @ParameterizedTest
  @ValueSource(strings = {"mix-open-loop.json", "mix-beside-backlog.json"})
  void eachFileNamesTextsThatAreThere(String file) throws IOException {
    Workload workload = Workload.read(WORKLOADS.resolve(file));

    assertThat(Texts.read(WORKLOADS.resolve(workload.texts()))).hasSize(2_000).doesNotContain("");
    assertThat(workload.rate(100)).isPositive();
  }

  @Test
  void aShareOfCapacityComesBeforeAFixedRate() {
    assertThat(new Workload("", 0.7, 5, 1).rate(100)).isEqualTo(70);
    assertThat(new Workload("", 0, 5, 1).rate(100)).isEqualTo(5);
  }

  @Test
  void gapsAreThoseOfAPoissonProcess() {
    double[] gaps = gaps(1, 20_000);

    double mean = DoubleStream.of(gaps).average().orElseThrow();
    double variance =
        DoubleStream.of(gaps).map(gap -> (gap - mean) * (gap - mean)).average().orElseThrow();

    assertThat(mean).isCloseTo(0.1, within(0.003));
    // Of an exponential distribution the deviation is the mean; of even arrivals it would be 0.
    assertThat(Math.sqrt(variance)).isCloseTo(mean, within(0.005));
  }

  @Test
  void theSameSeedGivesTheSameArrivals() {
    assertThat(gaps(7, 100)).containsExactly(gaps(7, 100));
    assertThat(gaps(7, 100)).isNotEqualTo(gaps(8, 100));
  }

  private static double[] gaps(long seed, int count) {
    Workload.Gaps gaps = new Workload("", 0, 10, seed).gaps(10);
    return DoubleStream.generate(gaps::next).limit(count).toArray();
  }
}
