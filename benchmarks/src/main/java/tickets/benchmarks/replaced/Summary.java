package tickets.benchmarks.replaced;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import tickets.benchmarks.Figures;
import tickets.benchmarks.run.Callers;
import tickets.contract.EventJson;

/**
 * The last line of a run, for scripts: its names stay. Rates are in tickets a second, at the
 * largest number of callers where there are several; ratios are medians of those within a round;
 * times are in milliseconds. Those of the first deployment stand at the top, others under their
 * name.
 */
final class Summary {
  private Summary() {}

  /**
   * @param raw where all of it is
   */
  static String line(Compared compared, Path raw) {
    Map<String, Object> summary = new LinkedHashMap<>(of(compared.beside().get(0)));
    for (Compared.Beside other : compared.beside().subList(1, compared.beside().size())) {
      summary.put(other.deployment().name().replace(' ', '_'), of(other));
    }
    summary.put("raw", raw.toString());
    return EventJson.mapper().writeValueAsString(summary);
  }

  private static Map<String, Object> of(Compared.Beside beside) {
    int most = beside.closedLoops().stream().mapToInt(Compared.Load::callers).max().orElseThrow();
    List<Compared.Load> sync = with(most, beside.closedLoops());
    Map<String, Object> summary = new LinkedHashMap<>();
    rates(summary, "sync", sync);
    rates(summary, "queued", beside.queued());
    Map<String, Map<String, Double>> latencies = new LinkedHashMap<>();
    beside.closedLoops().stream()
        .map(Compared.Load::callers)
        .distinct()
        .forEach(
            callers ->
                latencies.put(
                    callers + "_callers", latencies(with(callers, beside.closedLoops()))));
    latencies.put("open_loop", latencies(beside.openLoops()));
    latencies.put("queued_alone", latencies(beside.queuedAlone()));
    summary.put(
        "lower_latency_at_every_load",
        latencies.values().stream()
            .allMatch(
                load ->
                    value(load, "p50") < value(load, "replaced_p50")
                        && value(load, "p99") < value(load, "replaced_p99")));
    summary.put("latency_ms", latencies);
    return summary;
  }

  private static List<Compared.Load> with(int callers, List<Compared.Load> loads) {
    return loads.stream().filter(load -> load.callers() == callers).toList();
  }

  private static void rates(Map<String, Object> summary, String name, List<Compared.Load> loads) {
    summary.put(
        name + "_tickets_per_s", to(1, median(loads, load -> load.ours().ticketsPerSecond())));
    summary.put(
        "replaced_" + name + "_tickets_per_s",
        to(1, median(loads, load -> load.replaced().ticketsPerSecond())));
    summary.put(
        name + "_to_replaced",
        to(
            2,
            median(
                loads,
                load -> load.ours().ticketsPerSecond() / load.replaced().ticketsPerSecond())));
  }

  private static Map<String, Double> latencies(List<Compared.Load> loads) {
    Map<String, Double> latencies = new LinkedHashMap<>();
    latencies.put("p50", to(1, median(loads, load -> latency(load.ours()).p50())));
    latencies.put("replaced_p50", to(1, median(loads, load -> latency(load.replaced()).p50())));
    latencies.put("p99", to(1, median(loads, load -> latency(load.ours()).p99())));
    latencies.put("replaced_p99", to(1, median(loads, load -> latency(load.replaced()).p99())));
    return latencies;
  }

  private static Callers.Latency latency(Compared.Side side) {
    return Objects.requireNonNull(side.latency());
  }

  private static double value(Map<String, Double> latencies, String name) {
    return Objects.requireNonNull(latencies.get(name));
  }

  private static double median(List<Compared.Load> loads, ToDoubleFunction<Compared.Load> figure) {
    return Figures.median(loads.stream().mapToDouble(figure));
  }

  private static double to(int digits, double value) {
    double factor = Math.pow(10, digits);
    return Math.round(value * factor) / factor;
  }
}
