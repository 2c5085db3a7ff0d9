package tickets.benchmarks.replaced;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class OptionsTest {
  private static final Path HOME = Path.of("/repository");
  private static final String JAVA =
      Path.of(System.getProperty("java.home"), "bin", "java").toString();

  @Test
  void theResultLiesInTheWorkDirectoryUnlessToldOtherwise() throws Exception {
    Options options = Options.of(HOME, "--quick", "--python", JAVA, "--work", "/w");

    assertThat(options.quick()).isTrue();
    assertThat(options.json()).isEqualTo(Path.of("/w/result.json"));
    assertThat(Options.of(HOME, "--python", JAVA, "--json", "/j").json()).isEqualTo(Path.of("/j"));
  }

  @Test
  void withoutAPythonThereIsNothingToCompareWith() {
    assertThatThrownBy(() -> Options.of(HOME, "--quick")).hasMessageContaining("--python");
    assertThatThrownBy(() -> Options.of(HOME, "--python", "/no/such/program"))
        .hasMessageContaining("/no/such/program");
  }
}
