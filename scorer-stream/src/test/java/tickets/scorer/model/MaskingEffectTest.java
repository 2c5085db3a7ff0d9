package tickets.scorer.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import tickets.contract.EventJson;
import tickets.contract.Redaction;
import tools.jackson.databind.JsonNode;

/**
 * What masking does to the score, for docs/privacy.md: labelled tickets with personal data planted
 * in them, scored as they are and masked. Only on demand, as it scores some thousand texts:
 *
 * <pre>mvn test -pl scorer-stream -am -Dtest=MaskingEffectTest -Dlabelled=FILE.jsonl
 *     -Dsurefire.failIfNoSpecifiedTests=false</pre>
 *
 * <p>FILE has a JSON object a line: {@code text}, {@code label} (0 to 3), {@code lang} (ru or en)
 * and {@code split}; the split {@code validation} and a sample of the others are taken.
 */
@EnabledIfSystemProperty(named = "labelled", matches = ".+")
class MaskingEffectTest {

  private static final Redaction ALL = Redaction.of("emails,phones,cards,ibans,ips");
  private static final int SAMPLE = 1000;
  private static final int BATCH = 32;
  private static final int LABELS = 4;

  private static final Map<String, List<String>> CONTACTS =
      Map.of(
          "ru",
          List.of(
              "Почта для ответа: %e.",
              "Мой телефон %p.",
              "Звоните %p или пишите на %e.",
              "Карта %c.",
              "Счёт для возврата: %i.",
              "Адрес сервера %a."),
          "en",
          List.of(
              "Reply to %e.",
              "My phone is %p.",
              "Call %p or write to %e.",
              "The card is %c.",
              "Refund to %i.",
              "The server is %a."));

  record Row(String text, int label, String lang, boolean validation) {}

  record Answer(int label, Map<String, Double> probabilities) {}

  @Test
  void maskingHardlyMovesTheScore() throws IOException {
    List<Row> rows = rows(Path.of(System.getProperty("labelled")));
    Random random = new Random(8);
    List<String> planted = rows.stream().map(row -> plant(row, random)).toList();
    List<String> masked = planted.stream().map(ALL::mask).toList();
    assertThat(masked).allSatisfy(text -> assertThat(text).containsPattern("\\[[A-Z]+\\]"));
    long changedAsTheyAre =
        rows.stream().filter(row -> !ALL.mask(row.text()).equals(row.text())).count();

    try (TicketScorer scorer = TicketScorer.load(BundledModel.DIRECTORY, Precision.AUTO)) {
      List<Answer> plain = score(scorer, rows.stream().map(Row::text).toList());
      List<Answer> before = score(scorer, planted);
      List<Answer> after = score(scorer, masked);
      List<Answer> words =
          score(
              scorer,
              masked.stream().map(text -> text.replaceAll("\\[([A-Z]+)\\]", "$1")).toList());
      List<Answer> gone =
          score(scorer, masked.stream().map(text -> text.replaceAll("\\[[A-Z]+\\]", "")).toList());

      System.out.printf(
          Locale.ROOT,
          "%d tickets, %d of them for F1; %d are changed by masking as they are%n",
          rows.size(),
          rows.stream().filter(Row::validation).count(),
          changedAsTheyAre);
      tell("as they are", rows, before, plain);
      tell("with personal data", rows, before, before);
      tell("masked, [EMAIL]", rows, before, after);
      tell("masked, EMAIL", rows, before, words);
      tell("removed", rows, before, gone);
      assertThat(f1(rows, after)).isGreaterThan(f1(rows, before) - 0.02);
    }
  }

  private static void tell(String what, List<Row> rows, List<Answer> before, List<Answer> after) {
    int changed = 0;
    double moved = 0;
    for (int i = 0; i < rows.size(); i++) {
      String label = "LABEL_" + before.get(i).label();
      changed += before.get(i).label() == after.get(i).label() ? 0 : 1;
      moved +=
          Math.abs(
              before.get(i).probabilities().get(label) - after.get(i).probabilities().get(label));
    }
    System.out.printf(
        Locale.ROOT,
        "%-20s macro-F1 %.4f, labels changed %.2f%%, mean |dp| %.4f%n",
        what,
        f1(rows, after),
        100.0 * changed / rows.size(),
        moved / rows.size());
  }

  static double f1(List<Row> rows, List<Answer> answers) {
    double sum = 0;
    for (int label = 0; label < LABELS; label++) {
      int right = 0;
      int said = 0;
      int are = 0;
      for (int i = 0; i < rows.size(); i++) {
        if (rows.get(i).validation()) {
          right += answers.get(i).label() == label && rows.get(i).label() == label ? 1 : 0;
          said += answers.get(i).label() == label ? 1 : 0;
          are += rows.get(i).label() == label ? 1 : 0;
        }
      }
      sum += right == 0 ? 0 : 2.0 * right / (said + are);
    }
    return sum / LABELS;
  }

  static List<Answer> score(TicketScorer scorer, List<String> texts) {
    List<Answer> answers = new ArrayList<>();
    for (int from = 0; from < texts.size(); from += BATCH) {
      for (Verdict verdict :
          scorer.score(texts.subList(from, Math.min(texts.size(), from + BATCH))).verdicts()) {
        Scores scores = ((Verdict.Scored) verdict).scores();
        answers.add(
            new Answer(
                Integer.parseInt(scores.label().replace("LABEL_", "")), scores.probabilities()));
      }
    }
    return answers;
  }

  /** At the end, as a signature, or before the text. */
  private static String plant(Row row, Random random) {
    List<String> ways = CONTACTS.get(row.lang());
    String contact =
        ways.get(random.nextInt(ways.size()))
            .replace("%e", "user" + random.nextInt(1000) + "@example.org")
            .replace("%p", "+7 916 " + (100 + random.nextInt(900)) + "-45-67")
            .replace("%c", "4111 1111 1111 1111")
            .replace("%i", "DE89 3704 0044 0532 0130 00")
            .replace("%a", "10.0." + random.nextInt(256) + ".17");
    return random.nextInt(4) == 0 ? contact + " " + row.text() : row.text() + "\n" + contact;
  }

  static List<Row> rows(Path file) throws IOException {
    List<Row> validation = new ArrayList<>();
    List<Row> others = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      JsonNode node = EventJson.mapper().readTree(line);
      boolean isValidation = "validation".equals(node.path("split").stringValue(""));
      (isValidation ? validation : others)
          .add(
              new Row(
                  node.get("text").stringValue(),
                  node.get("label").intValue(),
                  node.path("lang").stringValue("en"),
                  isValidation));
    }
    Collections.shuffle(others, new Random(8));
    validation.addAll(others.subList(0, Math.min(SAMPLE, others.size())));
    return validation;
  }
}
