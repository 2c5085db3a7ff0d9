package tickets.benchmarks.killanywhere;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import tickets.benchmarks.killanywhere.Evidence.Decision;
import tickets.benchmarks.killanywhere.Evidence.Position;
import tickets.benchmarks.killanywhere.Evidence.Row;
import tickets.benchmarks.killanywhere.Evidence.Source;

/**
 * Holds what the product says against what clients were told. Pure: the same claims and evidence
 * give the same checks.
 *
 * <p>An id that its client had to send twice may stand twice on {@code tickets}, each record with
 * an outcome of its own, but in one row.
 */
final class Reconciliation {

  private static final int EXAMPLES = 5;

  private Reconciliation() {}

  /** What a check that found something means. */
  enum Kind {
    LOST,
    DUPLICATED,
    WRONG
  }

  /**
   * One thing that must not be.
   *
   * @param subjects whom it was found of: ids, or positions where there is no id
   */
  record Check(Kind kind, String what, Set<String> subjects) {
    List<String> examples() {
      return subjects.stream().limit(EXAMPLES).toList();
    }
  }

  /**
   * What clients know.
   *
   * @param scored ids of good tickets that were accepted
   * @param rejected ids of malformed records that Kafka acknowledged
   * @param acknowledged where Kafka said it put a record, with the record's id
   * @param sent all ids that clients used, accepted or not
   * @param sentSha256 of all texts and values
   * @param refused ids of malformed tickets that HTTP did not take
   */
  record Claims(
      Set<String> scored,
      Set<String> rejected,
      Map<Position, String> acknowledged,
      Set<String> sent,
      Set<String> sentSha256,
      Set<String> refused) {}

  static List<Check> compare(Claims claims, Evidence evidence) {
    List<Check> checks = new ArrayList<>();
    onTopics(claims, evidence, checks);
    inPostgres(claims, evidence, checks);
    overHttp(claims, evidence, checks);
    return checks;
  }

  /** How many tickets are subject of a check of that kind. */
  static int count(List<Check> checks, Kind kind) {
    return checks.stream()
        .filter(check -> check.kind() == kind)
        .flatMap(check -> check.subjects().stream())
        .collect(Collectors.toSet())
        .size();
  }

  private static void onTopics(Claims claims, Evidence evidence, List<Check> checks) {
    Map<Position, Source> sources = new HashMap<>();
    evidence.sources().forEach(source -> sources.put(source.position(), source));
    Set<String> sourceIds = ids(evidence.sources(), Source::id);
    Map<Position, List<Decision>> decisions =
        evidence.outcomes().stream().collect(Collectors.groupingBy(Decision::source));

    Set<String> notPublished = new TreeSet<>();
    for (String id : accepted(claims)) {
      if (!sourceIds.contains(id)) {
        notPublished.add(id);
      }
    }
    claims
        .acknowledged()
        .forEach(
            (position, id) -> {
              Source source = sources.get(position);
              if (source == null || !source.id().equals(id)) {
                notPublished.add(id);
              }
            });
    checks.add(new Check(Kind.LOST, "accepted, but on neither topic of tickets", notPublished));

    Set<String> undecided = new TreeSet<>();
    Set<String> decidedTwice = new TreeSet<>();
    Set<String> otherId = new TreeSet<>();
    Set<String> otherText = new TreeSet<>();
    Set<String> otherKind = new TreeSet<>();
    for (Source source : evidence.sources()) {
      List<Decision> found = decisions.getOrDefault(source.position(), List.of());
      if (found.isEmpty()) {
        undecided.add(source.id());
      }
      if (found.size() > 1) {
        decidedTwice.add(source.id());
      }
      for (Decision decision : found) {
        if (!decision.id().equals(source.id())) {
          otherId.add(source.id());
        }
        if (source.sha256() != null && !source.sha256().equals(decision.sha256())) {
          otherText.add(source.id());
        }
        if (decision.scored() != source.readable()) {
          otherKind.add(source.id());
        }
      }
    }
    checks.add(new Check(Kind.LOST, "on tickets, but without an outcome on topics", undecided));
    checks.add(
        new Check(Kind.DUPLICATED, "more than one outcome of one record of tickets", decidedTwice));

    Set<String> scored = new HashSet<>();
    Set<String> both = new TreeSet<>();
    evidence.outcomes().stream().filter(Decision::scored).map(Decision::id).forEach(scored::add);
    evidence.outcomes().stream()
        .filter(decision -> !decision.scored() && scored.contains(decision.id()))
        .map(Decision::id)
        .forEach(both::add);
    checks.add(new Check(Kind.DUPLICATED, "both a priority and a rejection on topics", both));

    Set<String> strays = new TreeSet<>();
    for (Decision decision : evidence.outcomes()) {
      if (!sources.containsKey(decision.source()) || !wasSent(claims, decision)) {
        strays.add(decision.id());
      }
    }
    checks.add(new Check(Kind.WRONG, "an outcome of what nobody sent", strays));
    checks.add(new Check(Kind.WRONG, "an outcome under another id", otherId));
    checks.add(new Check(Kind.WRONG, "an outcome of another text", otherText));
    checks.add(new Check(Kind.WRONG, "good ones rejected or malformed ones scored", otherKind));
    checks.add(
        new Check(
            Kind.WRONG, "an unreadable outcome on topics", new TreeSet<>(evidence.unreadable())));
  }

  /** Where the client named no id, the text tells that the ticket is one of ours. */
  private static boolean wasSent(Claims claims, Decision decision) {
    return claims.sent().contains(decision.id())
        || (decision.sha256() != null && claims.sentSha256().contains(decision.sha256()));
  }

  private static void inPostgres(Claims claims, Evidence evidence, List<Check> checks) {
    Map<String, Row> tickets = new HashMap<>();
    evidence.tickets().forEach(row -> tickets.put(row.id(), row));
    Map<String, Row> predictions = new HashMap<>();
    evidence.predictions().forEach(row -> predictions.put(row.id(), row));

    Set<String> noRow = new TreeSet<>();
    for (String id : claims.scored()) {
      Row ticket = tickets.get(id);
      if (ticket == null || !ticket.state().equals("SCORED") || !predictions.containsKey(id)) {
        noRow.add(id);
      }
    }
    for (String id : claims.rejected()) {
      Row ticket = tickets.get(id);
      if (ticket == null || !ticket.state().equals("REJECTED")) {
        noRow.add(id);
      }
    }
    checks.add(new Check(Kind.LOST, "accepted, but not decided in PostgreSQL", noRow));

    Set<String> pending = new TreeSet<>();
    evidence.tickets().stream()
        .filter(row -> row.state().equals("PENDING"))
        .map(Row::id)
        .forEach(pending::add);
    checks.add(new Check(Kind.LOST, "pending for ever in PostgreSQL", pending));

    Set<String> twice = repeated(evidence.tickets());
    twice.addAll(repeated(evidence.predictions()));
    checks.add(new Check(Kind.DUPLICATED, "more than one row of one id in PostgreSQL", twice));

    Set<String> both = new TreeSet<>();
    evidence.tickets().stream()
        .filter(row -> row.state().equals("REJECTED") && predictions.containsKey(row.id()))
        .map(Row::id)
        .forEach(both::add);
    checks.add(new Check(Kind.DUPLICATED, "both a prediction and a rejection in PostgreSQL", both));

    Map<String, Set<Position>> newest = newest(evidence);
    Set<String> strays = new TreeSet<>();
    Set<String> old = new TreeSet<>();
    for (Collection<Row> table : List.of(evidence.tickets(), evidence.predictions())) {
      for (Row row : table) {
        Set<Position> positions = newest.get(row.id());
        if (positions == null) {
          strays.add(row.id());
        } else if (!positions.contains(row.source())) {
          old.add(row.id());
        }
      }
    }
    checks.add(new Check(Kind.WRONG, "a row of what has no outcome on topics", strays));
    checks.add(new Check(Kind.WRONG, "a row that is not the newest outcome's", old));
  }

  /** Of each partition in which an id has outcomes, the position of the last. */
  private static Map<String, Set<Position>> newest(Evidence evidence) {
    Map<String, Map<TopicPartition, Position>> last = new HashMap<>();
    for (Decision decision : evidence.outcomes()) {
      last.computeIfAbsent(decision.id(), id -> new HashMap<>())
          .merge(
              new TopicPartition(decision.source().topic(), decision.source().partition()),
              decision.source(),
              (a, b) -> a.offset() > b.offset() ? a : b);
    }
    Map<String, Set<Position>> newest = new HashMap<>();
    last.forEach((id, positions) -> newest.put(id, new HashSet<>(positions.values())));
    return newest;
  }

  private static void overHttp(Claims claims, Evidence evidence, List<Check> checks) {
    Set<String> unanswered = new TreeSet<>();
    unexpected(claims.scored(), "SUCCESS", evidence, unanswered);
    unexpected(claims.rejected(), "FAILURE", evidence, unanswered);
    checks.add(new Check(Kind.LOST, "accepted, but without outcome by GET /result", unanswered));
    Set<String> known = new TreeSet<>();
    unexpected(claims.refused(), "404", evidence, known);
    checks.add(new Check(Kind.WRONG, "refused by HTTP, yet known by GET /result", known));
  }

  private static void unexpected(
      Set<String> ids, String expected, Evidence evidence, Set<String> found) {
    for (String id : ids) {
      @Nullable String said = evidence.results().get(id);
      if (!expected.equals(said)) {
        found.add(id);
      }
    }
  }

  private static Set<String> accepted(Claims claims) {
    Set<String> all = new LinkedHashSet<>(claims.scored());
    all.addAll(claims.rejected());
    return all;
  }

  private static Set<String> repeated(List<Row> rows) {
    Set<String> seen = new HashSet<>();
    Set<String> repeated = new TreeSet<>();
    for (Row row : rows) {
      if (!seen.add(row.id())) {
        repeated.add(row.id());
      }
    }
    return repeated;
  }

  private static <T> Set<String> ids(List<T> all, Function<T, String> id) {
    return all.stream().map(id).collect(Collectors.toSet());
  }
}
