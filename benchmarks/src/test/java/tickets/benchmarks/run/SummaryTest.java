package tickets.benchmarks.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tickets.benchmarks.Machine;
import tickets.benchmarks.engine.Contest;
import tickets.benchmarks.engine.Judged;
import tickets.benchmarks.engine.Round;
import tickets.benchmarks.engine.Singles;
import tickets.contract.EventJson;
import tools.jackson.databind.JsonNode;

class SummaryTest {
  private static final Contest.Standing OURS = standing("ours", 100, 1);
  private static final Contest.Standing SLOW = standing("slow", 20, 5);
  private static final Contest.Standing QUICK = standing("quick", 80, 1.25);

  @Test
  void namesAreThoseThatScriptsRead() {
    assertThat(summary(null, null, OURS, SLOW).propertyNames())
        .containsExactly(
            "pipeline_to_engine",
            "pipeline_to_engine_sinks",
            "engine_tickets_per_s",
            "best_peer",
            "best_peer_tickets_per_s",
            "engine_to_best_peer",
            "precision",
            "f1_loss",
            "sync_p50_over_engine_ms",
            "sync_p99_ms_at_70",
            "kafka_p99_ms_at_70",
            "backlog_sync_p99_ms",
            "padding_share",
            "rss_mb",
            "ready_warm_s",
            "stub_tickets_per_s",
            "raw");
  }

  @Test
  void whatWasNotMeasuredIsThereAndNull() {
    JsonNode summary = summary(null, null, OURS);

    assertThat(
            List.of(
                summary.get("best_peer"),
                summary.get("f1_loss"),
                summary.get("stub_tickets_per_s")))
        .allMatch(JsonNode::isNull);
  }

  @Test
  void theBestPeerIsTheOneThatComesClosestWithinItsRounds() {
    JsonNode summary = summary(null, 30_000.0, OURS, SLOW, QUICK);

    assertThat(summary.get("best_peer").stringValue()).isEqualTo("quick");
    assertThat(summary.get("best_peer_tickets_per_s").doubleValue()).isEqualTo(80);
    assertThat(summary.get("engine_to_best_peer").doubleValue()).isEqualTo(1.25);
    assertThat(summary.get("stub_tickets_per_s").doubleValue()).isEqualTo(30_000);
  }

  @Test
  void figuresAreComparedWithTheEngineOfTheSameRun() {
    JsonNode summary = summary(new Judged.Difference(0.914, 0.911, 0.003, 0.99, 0.006), null, OURS);

    assertThat(summary.get("pipeline_to_engine").doubleValue()).isEqualTo(0.9);
    assertThat(summary.get("pipeline_to_engine_sinks").doubleValue()).isEqualTo(0.8);
    assertThat(summary.get("sync_p50_over_engine_ms").doubleValue()).isEqualTo(30);
    assertThat(summary.get("f1_loss").doubleValue()).isEqualTo(0.003);
    assertThat(summary.get("ready_warm_s").doubleValue()).isEqualTo(12);
    // The more of six processes and of ./start.
    assertThat(summary.get("rss_mb").intValue()).isEqualTo(1_500);
  }

  private static JsonNode summary(
      Judged.@Nullable Difference toFp32, @Nullable Double stub, Contest.Standing... standings) {
    Callers.Latency latency = new Callers.Latency(1, 40, 40, 60, 90, 95, 10, Map.of(200, 1L));
    Measured measured =
        new Measured(
            Instant.EPOCH,
            true,
            "",
            new Machine("", Set.of(), 2, 1, 0, ""),
            Map.of(),
            "",
            new Measured.EngineFigures(
                "int8",
                new Contest.Result(List.of(standings), List.of()),
                List.of(),
                100,
                10,
                new Singles(10, 20),
                toFp32),
            new Measured.PipelineFigures(
                List.of(),
                List.of(),
                70,
                latency,
                Map.of(),
                latency,
                Map.of(),
                Map.of(),
                8,
                latency,
                saturated(80),
                saturated(90),
                latency,
                0.03,
                Map.of("scorer", 700.0, "sink", 300.0)),
            stub,
            List.of(new Standalone.Started(40, 1_500), new Standalone.Started(12, 1_400)),
            new ArrayList<>());
    return EventJson.mapper().readTree(Summary.line(measured, Path.of("raw.json")));
  }

  private static Measured.Saturated saturated(double rate) {
    return new Measured.Saturated(1, 1, rate, Map.of(), Map.of(), true);
  }

  private static Contest.Standing standing(String name, double rate, double firstToIt) {
    return new Contest.Standing(new Round(0, name, rate, 1, 64, 0, 0, 0), firstToIt, true);
  }
}
