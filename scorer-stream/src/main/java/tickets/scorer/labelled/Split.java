package tickets.scorer.labelled;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Tickets to learn from, and tickets to judge by, none of which was seen in learning: tickets of
 * one group (a thread, a customer, a set) and texts that are nearly the same lie on one side.
 *
 * @param train in the source's order
 * @param validation in the source's order
 * @param leftOut tickets that would have told the model of its validation
 * @param how it was split, a sentence for people
 */
public record Split(
    List<LabelledTicket> train,
    List<LabelledTicket> validation,
    List<LabelledTicket> leftOut,
    String how) {

  public Split {
    train = List.copyOf(train);
    validation = List.copyOf(validation);
    leftOut = List.copyOf(leftOut);
  }

  /**
   * How to split.
   *
   * @param by what decides
   * @param column of the side ({@code train}, {@code validation}; with COLUMN), of the time (with
   *     TIME)
   * @param group column of what belongs together; empty: none
   * @param validation share of tickets to judge by, above 0 and below 1
   * @param nearDuplicates similarity of texts from which on they belong together, 0: they do not
   */
  public record Rule(
      By by, String column, String group, double validation, double nearDuplicates, long seed) {}

  /** What decides on a ticket's side. */
  public enum By {
    /** A column that names it. */
    COLUMN,
    /** The latest are judged by, as it will be in service. */
    TIME,
    /** Chance, evenly over the labels. */
    RANDOM
  }

  /**
   * @throws UnusableData if a side would be empty, or a column is missing
   */
  public static Split of(List<LabelledTicket> tickets, Rule rule) {
    int[] families = families(tickets, rule);
    Split split =
        switch (rule.by()) {
          case COLUMN -> byColumn(tickets, families, rule);
          case TIME -> byTime(tickets, families, rule);
          case RANDOM -> byChance(tickets, families, rule);
        };
    if (split.train().isEmpty() || split.validation().isEmpty()) {
      throw new UnusableData(
          "The split leaves "
              + split.train().size()
              + " tickets to learn from and "
              + split.validation().size()
              + " to judge by: both are needed.");
    }
    return split;
  }

  /**
   * Two files that people have split themselves: what the one to learn from has of the other is
   * left out.
   */
  public static Split of(List<LabelledTicket> train, List<LabelledTicket> validation, Rule rule) {
    List<LabelledTicket> all = new ArrayList<>(validation);
    all.addAll(train);
    boolean[] judged = new boolean[all.size()];
    java.util.Arrays.fill(judged, 0, validation.size(), true);
    return withoutLeaks(all, judged, families(all, rule), "by files");
  }

  /** For each ticket a number that it shares with those that must be on its side. */
  private static int[] families(List<LabelledTicket> tickets, Rule rule) {
    int[] families =
        rule.nearDuplicates() > 0
            ? NearDuplicates.groups(
                tickets.stream().map(LabelledTicket::text).toList(), rule.nearDuplicates())
            : IntStream.range(0, tickets.size()).toArray();
    if (rule.group().isEmpty()) {
      return families;
    }
    if (tickets.stream().allMatch(ticket -> ticket.field(rule.group()).isEmpty())) {
      throw new UnusableData("There is no column \"" + rule.group() + "\" to group by.");
    }
    Map<String, Integer> firstOf = new HashMap<>();
    int[] parent = families.clone();
    for (int i = 0; i < tickets.size(); i++) {
      String group = tickets.get(i).field(rule.group());
      if (!group.isEmpty()) {
        Integer first = firstOf.putIfAbsent(group, i);
        if (first != null) {
          int a = root(parent, first);
          int b = root(parent, i);
          parent[Math.max(a, b)] = Math.min(a, b);
        }
      }
    }
    int[] joined = new int[parent.length];
    for (int i = 0; i < joined.length; i++) {
      joined[i] = root(parent, i);
    }
    return joined;
  }

  private static int root(int[] parent, int of) {
    int at = of;
    while (parent[at] != at) {
      parent[at] = parent[parent[at]];
      at = parent[at];
    }
    return at;
  }

  private static Split byColumn(List<LabelledTicket> tickets, int[] families, Rule rule) {
    List<LabelledTicket> sided = new ArrayList<>();
    List<Integer> places = new ArrayList<>();
    List<Boolean> judged = new ArrayList<>();
    Set<String> other = new HashSet<>();
    for (int i = 0; i < tickets.size(); i++) {
      String side = tickets.get(i).field(rule.column()).toLowerCase(Locale.ROOT);
      boolean train = side.equals("train") || side.equals("training");
      if (train || side.startsWith("val") || side.equals("dev")) {
        sided.add(tickets.get(i));
        places.add(families[i]);
        judged.add(!train);
      } else if (!side.isEmpty()) {
        // As "test": kept for a judgement at the end, with models/evaluate.
        other.add(side);
      }
    }
    boolean[] flags = new boolean[sided.size()];
    int[] kept = new int[sided.size()];
    for (int i = 0; i < flags.length; i++) {
      flags[i] = judged.get(i);
      kept[i] = places.get(i);
    }
    return withoutLeaks(
        sided,
        flags,
        kept,
        "by the column " + rule.column() + (other.isEmpty() ? "" : ", without " + other));
  }

  private static Split withoutLeaks(
      List<LabelledTicket> tickets, boolean[] judged, int[] families, String how) {
    Set<Integer> seen = new HashSet<>();
    for (int i = 0; i < judged.length; i++) {
      if (judged[i]) {
        seen.add(families[i]);
      }
    }
    List<LabelledTicket> train = new ArrayList<>();
    List<LabelledTicket> validation = new ArrayList<>();
    List<LabelledTicket> leftOut = new ArrayList<>();
    for (int i = 0; i < judged.length; i++) {
      if (judged[i]) {
        validation.add(tickets.get(i));
      } else if (seen.contains(families[i])) {
        leftOut.add(tickets.get(i));
      } else {
        train.add(tickets.get(i));
      }
    }
    return new Split(train, validation, leftOut, how);
  }

  /** A ticket to learn from that belongs to a later one is left out: it would give that away. */
  private static Split byTime(List<LabelledTicket> tickets, int[] families, Rule rule) {
    if (tickets.stream().allMatch(ticket -> ticket.field(rule.column()).isBlank())) {
      throw new UnusableData("There is no column \"" + rule.column() + "\" with times.");
    }
    List<Instant> times = TicketTimes.of(tickets, rule.column());
    List<Integer> order = new ArrayList<>(IntStream.range(0, tickets.size()).boxed().toList());
    order.sort(Comparator.comparing(times::get));
    boolean[] judged = new boolean[tickets.size()];
    int first = (int) Math.round(tickets.size() * (1 - rule.validation()));
    for (int place = first; place < order.size(); place++) {
      judged[order.get(place)] = true;
    }
    String from = first < order.size() ? tickets.get(order.get(first)).field(rule.column()) : "";
    return withoutLeaks(tickets, judged, families, "by time, judged from " + from + " on");
  }

  /** Families whole, of each label about the same share. */
  private static Split byChance(List<LabelledTicket> tickets, int[] families, Rule rule) {
    Map<Integer, List<Integer>> members = new LinkedHashMap<>();
    Map<String, Integer> wanted = new HashMap<>();
    for (int i = 0; i < tickets.size(); i++) {
      members.computeIfAbsent(families[i], k -> new ArrayList<>()).add(i);
      wanted.merge(tickets.get(i).label(), 1, Integer::sum);
    }
    wanted.replaceAll((label, count) -> (int) Math.round(count * rule.validation()));
    List<List<Integer>> shuffled = new ArrayList<>(members.values());
    Collections.shuffle(shuffled, new Random(rule.seed()));
    boolean[] judged = new boolean[tickets.size()];
    for (List<Integer> family : shuffled) {
      Map<String, Integer> labels = new HashMap<>();
      family.forEach(i -> labels.merge(tickets.get(i).label(), 1, Integer::sum));
      boolean room =
          labels.entrySet().stream()
              .allMatch(entry -> wanted.getOrDefault(entry.getKey(), 0) >= entry.getValue());
      if (room) {
        labels.forEach((label, count) -> wanted.merge(label, -count, Integer::sum));
        family.forEach(i -> judged[i] = true);
      }
    }
    List<LabelledTicket> train = new ArrayList<>();
    List<LabelledTicket> validation = new ArrayList<>();
    for (int i = 0; i < judged.length; i++) {
      (judged[i] ? validation : train).add(tickets.get(i));
    }
    return new Split(
        train,
        validation,
        List.of(),
        "by chance, seed "
            + rule.seed()
            + (rule.group().isEmpty() ? "" : ", " + rule.group() + " whole"));
  }
}
