package tickets.scorer.labelled;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import tickets.scorer.labelled.Split.By;
import tickets.scorer.labelled.Split.Rule;

class SplitTest {

  @Test
  void byChanceKeepsGroupsWholeAndSharesOfLabelsAlike() {
    List<LabelledTicket> tickets = new ArrayList<>();
    Random random = new Random(1);
    for (int i = 0; i < 2_000; i++) {
      String label = i % 10 == 0 ? "high" : "low";
      tickets.add(ticket(words(random), label, Map.of("thread", "t" + i / 3)));
    }

    Split split = Split.of(tickets, new Rule(By.RANDOM, "", "thread", 0.2, 0, 5));

    assertThat(threads(split.train())).doesNotContainAnyElementsOf(threads(split.validation()));
    assertThat(split.train().size() + split.validation().size()).isEqualTo(2_000);
    assertThat(split.validation()).hasSizeBetween(380, 400);
    assertThat(split.validation().stream().filter(t -> t.label().equals("high")).count())
        .isBetween(36L, 40L);
    assertThat(Split.of(tickets, new Rule(By.RANDOM, "", "thread", 0.2, 0, 5))).isEqualTo(split);
    assertThat(Split.of(tickets, new Rule(By.RANDOM, "", "thread", 0.2, 0, 6))).isNotEqualTo(split);
  }

  @Test
  void textsThatNearlyRepeatLieOnOneSide() {
    List<LabelledTicket> tickets = new ArrayList<>();
    Random random = new Random(2);
    for (int i = 0; i < 300; i++) {
      String text = words(random);
      tickets.add(ticket(text + " order 4711", "a", Map.of("pair", "p" + i)));
      tickets.add(
          ticket(
              text.toUpperCase(java.util.Locale.ROOT) + " order 9!", "b", Map.of("pair", "p" + i)));
    }

    Split split = Split.of(tickets, new Rule(By.RANDOM, "", "", 0.3, 0.8, 1));

    Set<String> judged =
        split.validation().stream().map(t -> t.field("pair")).collect(Collectors.toSet());
    assertThat(judged).hasSizeGreaterThan(80);
    assertThat(split.train()).noneMatch(t -> judged.contains(t.field("pair")));
  }

  @Test
  void byColumnLeavesOutWhatGivesValidationAway() {
    List<LabelledTicket> tickets =
        List.of(
            ticket("the mail server of the whole office is down", "3", Map.of("split", "train")),
            ticket("how do I change the colour of a chart", "0", Map.of("split", "train")),
            ticket(
                "the mail server of the whole office is down!", "3", Map.of("split", "validation")),
            ticket("one more text that nobody has seen before", "1", Map.of("split", "test")));

    Split split = Split.of(tickets, new Rule(By.COLUMN, "split", "", 0.1, 0.8, 1));

    assertThat(split.train()).containsExactly(tickets.get(1));
    assertThat(split.validation()).containsExactly(tickets.get(2));
    assertThat(split.leftOut()).containsExactly(tickets.get(0));
    assertThat(split.how()).contains("without [test]");
  }

  @Test
  void byTimeJudgesTheLatest() {
    List<LabelledTicket> tickets = new ArrayList<>();
    Random random = new Random(3);
    for (int i = 0; i < 100; i++) {
      tickets.add(
          ticket(
              words(random),
              "a",
              Map.of(
                  "at",
                  "2026-%02d-01".formatted(1 + (i * 7) % 12),
                  "thread",
                  i < 98 ? "t" + i : "same")));
    }

    Split split = Split.of(tickets, new Rule(By.TIME, "at", "thread", 0.25, 0, 1));

    String last =
        split.train().stream().map(t -> t.field("at")).max(String::compareTo).orElseThrow();
    assertThat(split.validation()).hasSize(25).allMatch(t -> t.field("at").compareTo(last) >= 0);
    assertThat(threads(split.train())).doesNotContainAnyElementsOf(threads(split.validation()));
  }

  @Test
  void theLatestAreFoundHoweverTimesAreWritten() {
    List<LabelledTicket> tickets = new ArrayList<>();
    Random random = new Random(4);
    for (int i = 0; i < 40; i++) {
      String at = "%02d.%02d.%d".formatted(1 + i % 28, 1 + i % 12, i % 4 == 0 ? 2026 : 2025);
      tickets.add(ticket(words(random), "a", Map.of("at", at)));
    }

    Split split = Split.of(tickets, new Rule(By.TIME, "at", "", 0.25, 0, 1));

    assertThat(split.validation()).hasSize(10).allMatch(t -> t.field("at").endsWith("2026"));
  }

  @Test
  void aSideWithoutTicketsIsRefused() {
    List<LabelledTicket> tickets = List.of(ticket("a b c", "1", Map.of("split", "train")));

    assertThatThrownBy(() -> Split.of(tickets, new Rule(By.COLUMN, "split", "", 0.1, 0.8, 1)))
        .isInstanceOf(UnusableData.class)
        .hasMessageContaining("1 tickets to learn from and 0 to judge by");
    assertThatThrownBy(() -> Split.of(tickets, new Rule(By.RANDOM, "", "thread", 0.1, 0, 1)))
        .isInstanceOf(UnusableData.class)
        .hasMessageContaining("\"thread\"");
    assertThatThrownBy(() -> Split.of(tickets, new Rule(By.TIME, "at", "", 0.1, 0, 1)))
        .isInstanceOf(UnusableData.class)
        .hasMessageContaining("\"at\"");
  }

  private static Set<String> threads(List<LabelledTicket> tickets) {
    return tickets.stream()
        .map(t -> t.field("thread"))
        .collect(Collectors.toCollection(HashSet::new));
  }

  private static LabelledTicket ticket(String text, String label, Map<String, String> fields) {
    return new LabelledTicket(text, label, fields, 1);
  }

  private static String words(Random random) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 20; i++) {
      text.append("word")
          .append((char) ('a' + random.nextInt(26)))
          .append((char) ('a' + random.nextInt(26)))
          .append(' ');
    }
    return text.toString().strip();
  }
}
