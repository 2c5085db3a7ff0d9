package tickets.benchmarks.replaced;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tickets.benchmarks.Machine;
import tickets.benchmarks.run.Callers;
import tickets.contract.EventJson;
import tools.jackson.databind.JsonNode;

class SummaryTest {

  @Test
  void namesAreThoseThatScriptsRead() {
    JsonNode summary = summary(20);

    assertThat(summary.propertyNames())
        .containsExactly(
            "sync_tickets_per_s",
            "replaced_sync_tickets_per_s",
            "sync_to_replaced",
            "queued_tickets_per_s",
            "replaced_queued_tickets_per_s",
            "queued_to_replaced",
            "lower_latency_at_every_load",
            "latency_ms",
            "one_thread_a_process",
            "raw");
    assertThat(summary.path("latency_ms").propertyNames())
        .containsExactly("1_callers", "64_callers", "open_loop", "queued_alone");
    assertThat(summary.path("one_thread_a_process").path("sync_to_replaced").isNumber()).isTrue();
  }

  @Test
  void ratiosAreMediansOfThoseWithinARoundAtTheMostCallers() {
    JsonNode summary = summary(20);

    // 120/20, 90/10 and 80/40 in the three rounds; the medians of both would make 4.5.
    assertThat(summary.path("sync_to_replaced").doubleValue()).isEqualTo(6);
    assertThat(summary.path("sync_tickets_per_s").doubleValue()).isEqualTo(90);
    assertThat(summary.path("replaced_sync_tickets_per_s").doubleValue()).isEqualTo(20);
    assertThat(summary.path("queued_to_replaced").doubleValue()).isEqualTo(25);
  }

  @Test
  void oneLoadWithAHigherLatencyIsEnough() {
    assertThat(summary(20).path("lower_latency_at_every_load").booleanValue()).isTrue();
    assertThat(summary(61).path("lower_latency_at_every_load").booleanValue()).isFalse();
  }

  /**
   * @param alone our p50 for a caller alone, where the other one has 60
   */
  private static JsonNode summary(double alone) {
    List<Compared.Load> closed =
        List.of(
            load(1, 1, side(30, alone), side(10, 60)),
            load(1, 64, side(120, 20), side(20, 60)),
            load(2, 64, side(90, 20), side(10, 60)),
            load(3, 64, side(80, 20), side(40, 60)));
    List<Compared.Load> other = List.of(load(1, 0, side(14, 20), side(14, 60)));
    List<Compared.Load> queued =
        List.of(
            load(1, 0, new Compared.Side(100, 15, 0, null), new Compared.Side(4, 300, 0, null)));
    List<Compared.Beside> beside =
        List.of(
            new Compared.Beside(
                ReplacedService.Deployment.asItComes(), closed, 14, other, queued, other),
            new Compared.Beside(
                ReplacedService.Deployment.tuned(2), closed, 14, other, queued, other));
    Compared compared =
        new Compared(
            Instant.EPOCH,
            true,
            "",
            new Machine("", Set.of(), 2, 1, 0, ""),
            Map.of(),
            List.of(),
            beside,
            List.of());
    return EventJson.mapper().readTree(Summary.line(compared, Path.of("raw.json")));
  }

  private static Compared.Load load(
      int round, int callers, Compared.Side ours, Compared.Side replaced) {
    return new Compared.Load(round, callers, ours, replaced);
  }

  private static Compared.Side side(double rate, double p50) {
    Callers.Latency latency =
        new Callers.Latency(1, p50, p50, p50, 2 * p50, 2 * p50, rate, Map.of(200, 1L));
    return new Compared.Side(rate, 15, 0, latency);
  }
}
