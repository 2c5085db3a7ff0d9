package tickets.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class WarmUpTest {

  @Test
  void theRateIsTheMeanOfTheLastThreeWindows() {
    assertThat(WarmUp.lastRate(List.of(120.0, 250.0, 260.0, 255.0))).isEqualTo(255);
    assertThat(WarmUp.lastRate(List.of(250.0))).isEqualTo(250);
  }

  @Test
  void threeRatesWithinFivePercentHaveSettled() {
    assertThat(WarmUp.hasSettled(List.of(250.0, 260.0, 256.0))).isTrue();
    assertThat(WarmUp.hasSettled(List.of(270.0, 250.0, 260.0, 256.0))).isTrue();
    assertThat(WarmUp.hasSettled(List.of(260.0, 250.0))).as("two only").isFalse();
    assertThat(WarmUp.hasSettled(List.of(240.0, 250.0, 260.0))).as("still growing").isFalse();
    assertThat(WarmUp.hasSettled(List.of(0.0, 0.0, 0.0))).as("nothing is scored").isFalse();
  }

  @Test
  void threeRatesAboveThoseBeforeThemHaveNot() {
    List<Double> growing = List.of(148.7, 392.0, 425.0, 441.8, 444.3);
    assertThat(WarmUp.hasSettled(growing)).isFalse();
    assertThat(WarmUp.hasSettled(growing.subList(2, 5))).as("with nothing before them").isTrue();
    assertThat(WarmUp.hasSettled(List.of(425.0, 441.8, 444.3, 446.0, 450.0, 448.0))).isTrue();
  }
}
