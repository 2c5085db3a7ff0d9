package tickets.benchmarks.killanywhere;

import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tickets.benchmarks.killanywhere.Evidence.Row;
import tickets.benchmarks.killanywhere.Load.Accepted;
import tickets.benchmarks.killanywhere.Reconciliation.Check;
import tickets.benchmarks.killanywhere.Reconciliation.Kind;
import tickets.benchmarks.killanywhere.Workload.Channel;
import tickets.benchmarks.killanywhere.Workload.Draft;
import tickets.benchmarks.processes.Role;

/** A run in figures, for the result file and for people. */
final class Tables {

  private Tables() {}

  /** By channel: sent, malformed, accepted, refused, repeated, scored, rejected. */
  static Map<String, Map<String, Integer>> channels(
      List<Draft> drafts,
      Map<Integer, Accepted> accepted,
      Map<Integer, Integer> refused,
      Evidence evidence) {
    Map<String, String> states = new HashMap<>();
    evidence.tickets().forEach(row -> states.put(row.id(), row.state()));
    Map<String, Map<String, Integer>> channels = new TreeMap<>();
    for (Draft draft : drafts) {
      Map<String, Integer> figures =
          channels.computeIfAbsent(label(draft.channel()), channel -> new LinkedHashMap<>());
      Accepted taken = accepted.get(draft.number());
      String state = taken == null ? "" : states.getOrDefault(taken.id(), "");
      add(figures, "sent", true);
      add(figures, "malformed", draft.malformed());
      add(figures, "accepted", taken != null);
      add(figures, "refused", refused.containsKey(draft.number()));
      add(figures, "repeated", taken != null && taken.attempts() > 1);
      add(figures, "scored", state.equals("SCORED"));
      add(figures, "rejected", state.equals("REJECTED"));
    }
    Map<String, Integer> stores = new LinkedHashMap<>();
    stores.put("records_on_tickets", evidence.sources().size());
    stores.put("outcomes_on_topics", evidence.outcomes().size());
    stores.put("rows_in_ticket", count(evidence.tickets()));
    stores.put("rows_in_prediction", count(evidence.predictions()));
    stores.put("asked_by_get_result", evidence.results().size());
    channels.put("stores", stores);
    return channels;
  }

  private static int count(Collection<Row> rows) {
    return rows.size();
  }

  private static void add(Map<String, Integer> figures, String name, boolean holds) {
    figures.merge(name, holds ? 1 : 0, Integer::sum);
  }

  private static String label(Channel channel) {
    return channel.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * By role: kills, pauses, and how long recovery took in the middle and at the most, in seconds.
   */
  static Map<String, Map<String, Object>> roles(List<Faults.Recovery> recoveries) {
    Map<String, Map<String, Object>> roles = new LinkedHashMap<>();
    for (Role role : Role.values()) {
      Map<String, Object> figures = new LinkedHashMap<>();
      for (FaultSchedule.Kind kind : FaultSchedule.Kind.values()) {
        List<Faults.Recovery> hits =
            recoveries.stream().filter(each -> each.role() == role && each.kind() == kind).toList();
        List<Double> seconds =
            hits.stream()
                .map(Faults.Recovery::recoveryS)
                .filter(Objects::nonNull)
                .sorted()
                .toList();
        String name = kind.name().toLowerCase(Locale.ROOT);
        figures.put(name + "s", hits.size());
        if (!seconds.isEmpty()) {
          figures.put(name + "_recovery_median_s", seconds.get(seconds.size() / 2));
          figures.put(name + "_recovery_longest_s", seconds.get(seconds.size() - 1));
        }
      }
      roles.put(role.label(), figures);
    }
    return roles;
  }

  static double longest(List<Faults.Recovery> recoveries) {
    return recoveries.stream()
        .map(Faults.Recovery::recoveryS)
        .filter(Objects::nonNull)
        .mapToDouble(each -> each)
        .max()
        .orElse(0);
  }

  static Map<String, Integer> wrong(List<Check> checks) {
    Map<String, Integer> wrong = new LinkedHashMap<>();
    for (Check check : checks) {
      if (check.kind() == Kind.WRONG && !check.subjects().isEmpty()) {
        wrong.put(check.what(), check.subjects().size());
      }
    }
    return wrong;
  }

  static Map<String, Map<String, Object>> checks(List<Check> checks) {
    Map<String, Map<String, Object>> all = new LinkedHashMap<>();
    for (Check check : checks) {
      all.put(
          check.what(),
          Map.of(
              "means", check.kind().name().toLowerCase(Locale.ROOT),
              "found", check.subjects().size(),
              "examples", check.examples()));
    }
    return all;
  }

  static void print(KillAnywhere.Result result) {
    row("");
    row(
        "%-11s %7s %9s %8s %7s %8s %7s %8s",
        "", "sent", "malformed", "accepted", "refused", "repeated", "scored", "rejected");
    result
        .channels()
        .forEach(
            (channel, figures) -> {
              if (figures.containsKey("sent")) {
                row(
                    "%-11s %7d %9d %8d %7d %8d %7d %8d",
                    channel,
                    figures.get("sent"),
                    figures.get("malformed"),
                    figures.get("accepted"),
                    figures.get("refused"),
                    figures.get("repeated"),
                    figures.get("scored"),
                    figures.get("rejected"));
              } else {
                row("");
                figures.forEach((name, figure) -> row("%-24s %7d", name.replace('_', ' '), figure));
                row("");
              }
            });
    row(
        "%-11s %6s %9s %9s %7s %9s %9s",
        "recovery, s", "kills", "median", "longest", "pauses", "median", "longest");
    result
        .roles()
        .forEach(
            (role, figures) ->
                row(
                    "%-11s %6s %9s %9s %7s %9s %9s",
                    role,
                    figures.get("kills"),
                    figures.getOrDefault("kill_recovery_median_s", "-"),
                    figures.getOrDefault("kill_recovery_longest_s", "-"),
                    figures.get("pauses"),
                    figures.getOrDefault("pause_recovery_median_s", "-"),
                    figures.getOrDefault("pause_recovery_longest_s", "-")));
    row("");
    result
        .checks()
        .forEach(
            (what, found) ->
                row(
                    "%-10s %-52s %5s %s",
                    found.get("means"),
                    what,
                    found.get("found"),
                    Integer.valueOf(0).equals(found.get("found")) ? "" : found.get("examples")));
    row("");
    row("Answers: %s", result.answers());
    if (!result.endedByItself().isEmpty()) {
      row("Ended by itself and was started again: %s", result.endedByItself());
    }
    if (result.unrecovered() > 0) {
      row("NOT RECOVERED from in time: %d faults, see faults.jsonl", result.unrecovered());
    }
    row("Machine: %s; %.0f s", result.machine(), result.seconds());
  }

  private static void row(String format, @Nullable Object... values) {
    System.out.println(String.format(Locale.ROOT, format, values));
  }
}
