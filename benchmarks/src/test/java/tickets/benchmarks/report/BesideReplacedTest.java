package tickets.benchmarks.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import tickets.contract.EventJson;

class BesideReplacedTest {
  private static final String RESULT =
      """
      {"beside": [{
        "deployment": {"name": "one thread a process", "web_workers": 2, "queue_workers": 2,
                       "environment": {"OMP_NUM_THREADS": "1"}},
        "closed_loops": [
          {"callers": 1, "ours": %1$s, "replaced": %1$s},
          {"callers": 64, "ours": %2$s, "replaced": %1$s},
          {"callers": 64, "ours": %2$s, "replaced": %2$s}],
        "open_loop_per_second": 14.2,
        "open_loops": [{"callers": 0, "ours": %1$s, "replaced": %1$s}],
        "queued": [{"callers": 0, "ours": %3$s, "replaced": %3$s}],
        "queued_alone": [{"callers": 1, "ours": %1$s, "replaced": %1$s}]}]}
      """
          .formatted(
              side(20, "{\"p50\": 50, \"p99\": 90}"),
              side(100, "{\"p50\": 640, \"p99\": 900}"),
              side(4, "null"));

  @Test
  void aRowHasMediansOverItsRoundsAndTheMedianOfTheirRatios() {
    String tables = new BesideReplaced(EventJson.mapper().readTree(RESULT)).tables();

    // Ratios 5 and 1.
    assertThat(tables)
        .contains("| 64 callers | 100.0 | 60.0 | 3.00 | 640 | 345 | 900 | 495 | 15.0 | 15.0 |")
        .contains("| open loop, 14.2 calls a second |", "| queued, one alone |")
        .contains("**One thread a process**: 2 processes of uvicorn, 2 of Celery")
        .contains("`OMP_NUM_THREADS=1`");
  }

  @Test
  void manyInTheQueueHaveNoLatency() {
    BesideReplaced beside = new BesideReplaced(EventJson.mapper().readTree(RESULT));

    assertThat(beside.tables())
        .contains("| queued, 240 at a time | 4.0 | 4.0 | 1.00 |  |  |  |  | 15.0 | 15.0 |");
    assertThat(beside.latency()).doesNotContain("240 at a time");
    assertThat(beside.rates()).contains("240 at a time");
  }

  @Test
  void whatTheFileLacksIsNamed() {
    BesideReplaced beside =
        new BesideReplaced(
            EventJson.mapper().readTree(RESULT.replace("cpu_seconds_per1000", "other")));

    assertThatThrownBy(beside::tables).hasMessageContaining("cpu_seconds_per1000");
  }

  private static String side(double rate, String latency) {
    return "{\"tickets_per_second\": %s, \"cpu_seconds_per1000\": 15, \"latency\": %s}"
        .formatted(rate, latency);
  }
}
