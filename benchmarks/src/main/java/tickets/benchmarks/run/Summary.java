package tickets.benchmarks.run;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tickets.benchmarks.engine.Contest;
import tickets.benchmarks.engine.Judged;
import tickets.contract.EventJson;

/**
 * The last line of a run, for scripts: its names stay. Rates are in tickets a second, times in
 * milliseconds or seconds as named; what was not measured is null.
 */
final class Summary {
  private Summary() {}

  /**
   * @param raw where all of it is
   */
  static String line(Measured measured, Path raw) {
    return EventJson.mapper().writeValueAsString(of(measured, raw));
  }

  private static Map<String, @Nullable Object> of(Measured measured, Path raw) {
    Measured.EngineFigures engine = measured.engine();
    Measured.PipelineFigures pipeline = measured.pipeline();
    double rate = engine.ticketsPerSecond();
    Contest.Standing best =
        engine.contest().standings().stream()
            .skip(1)
            .min((a, b) -> Double.compare(a.firstToIt(), b.firstToIt()))
            .orElse(null);
    Judged.Difference toFp32 = engine.toFp32();
    double pss =
        Math.max(
            Measured.sum(pipeline.pssMibByRole()),
            measured.starts().stream().mapToDouble(Standalone.Started::pssMib).max().orElse(0));
    Map<String, @Nullable Object> summary = new LinkedHashMap<>();
    summary.put("pipeline_to_engine", to(3, pipeline.scorerAlone().ticketsPerSecond() / rate));
    summary.put("pipeline_to_engine_sinks", to(3, pipeline.withSinks().ticketsPerSecond() / rate));
    summary.put("engine_tickets_per_s", to(1, rate));
    summary.put("best_peer", best == null ? null : best.median().engine());
    summary.put(
        "best_peer_tickets_per_s", best == null ? null : to(1, best.median().ticketsPerSecond()));
    summary.put("engine_to_best_peer", best == null ? null : to(2, best.firstToIt()));
    summary.put("precision", engine.precision());
    summary.put("f1_loss", toFp32 == null ? null : to(4, toFp32.f1Loss()));
    summary.put("sync_p50_over_engine_ms", to(1, pipeline.idle().p50() - engine.singles().p50()));
    summary.put("sync_p99_ms_at_70", pipeline.openLoop().p99());
    summary.put("kafka_p99_ms_at_70", pipeline.openLoopOverKafka().p99());
    summary.put("backlog_sync_p99_ms", pipeline.besideBacklog().p99());
    summary.put("padding_share", to(4, pipeline.paddingShare()));
    summary.put("rss_mb", Math.round(pss));
    summary.put("ready_warm_s", to(1, measured.starts().get(1).readySeconds()));
    summary.put("stub_tickets_per_s", measured.stubTicketsPerSecond());
    summary.put("raw", raw.toString());
    return summary;
  }

  private static double to(int digits, double value) {
    double factor = Math.pow(10, digits);
    return Math.round(value * factor) / factor;
  }
}
