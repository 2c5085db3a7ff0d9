package tickets.scorer.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static tickets.scorer.evaluate.JudgedRows.row;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;
import tickets.scorer.model.Decision;
import tickets.scorer.model.DecisionRule;
import tickets.scorer.model.Scaling;

class ReportTest {
  private static final List<String> PRIORITIES = List.of("low", "<high> & \"more\"", "критично");

  private static final Decision COSTS =
      new Decision(
          new DecisionRule.LeastCost(
              List.of(List.of(0.0, 1.0, 1.0), List.of(2.0, 0.0, 1.0), List.of(20.0, 20.0, 0.0))),
          new Decision.Review(0.4, 0, Double.POSITIVE_INFINITY));

  private static Findings findings(Decision decision) {
    List<Judged> rows = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      double p = 0.5 + i % 10 / 25.0;
      rows.add(
          row(
                  i % 7 == 0 ? "<script>alert('ы')</script> & \"кавычки\"" : "ticket " + i,
                  i % 5 == 0 ? (i + 1) % 3 : i % 3,
                  Map.of("lang", i % 2 == 0 ? "ru" : "en", "id", "<" + i + ">"),
                  i % 3 == 0 ? p : (1 - p) / 2,
                  i % 3 == 1 ? p : (1 - p) / 2,
                  i % 3 == 2 ? p : (1 - p) / 2)
              .under(Scaling.NONE, decision));
    }
    return Findings.of(JudgedRows.manifest(PRIORITIES, decision), "tickets.jsonl", rows)
        .withCurves(
            new TrainingCurves(
                List.of(
                    new TrainingCurves.Step(1, 1.4, 1e-5), new TrainingCurves.Step(2, 0.7, 2e-5)),
                List.of(new TrainingCurves.Epoch(1, 2, 0.8, 0.6))))
        .withSpeeds(List.of(new Speed("fp32", 120, 64, 8.1, 9.3, 60, 1)));
  }

  /** HTML that is also XML, so that a parser finds what was not escaped. */
  private static Document parsed(String html) throws Exception {
    String xml =
        html.replace("<!doctype html>\n", "")
            .replaceAll("<meta ([^>]*)>", "<meta $1/>")
            .replace("<script", "<unescaped");
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(xml)));
  }

  @Test
  void pageIsWellFormedAndSelfContained() throws Exception {
    String html = Report.html(findings(COSTS));
    Document page = parsed(html);

    assertThat(page.getElementsByTagName("unescaped").getLength()).isZero();
    assertThat(page.getElementsByTagName("svg").getLength()).isGreaterThanOrEqualTo(10);
    assertThat(html)
        .doesNotContain("src=", "href=", "url(", "@import")
        .contains("prefers-color-scheme: dark");
    assertThat(page.getDocumentElement().getTextContent())
        .contains("<script>alert('ы')</script>", "критично", "<high> & \"more\"");
  }

  @Test
  void everyPartHasItsHeading() {
    assertThat(Report.html(findings(COSTS)))
        .contains(
            "Labels",
            "Training",
            "Confusion matrix",
            "Reliability",
            "from this probability on",
            "ROC",
            "What its decisions cost",
            "By language",
            "Where it is sure and wrong",
            "How fast it is here");
  }

  @Test
  void whatWasNotMeasuredIsLeftOut() {
    Findings bare =
        Findings.of(
            JudgedRows.manifest(PRIORITIES, Decision.MOST_PROBABLE),
            "one.jsonl",
            List.of(row(0, 0.8, 0.1, 0.1)));

    assertThat(Report.html(bare))
        .doesNotContain("Training", "What its decisions cost", "How fast", "sure and wrong", "NaN");
    assertThat(FindingsTable.of(bare)).doesNotContain("NaN");
    assertThat(FindingsJson.of(bare).toString()).doesNotContain("NaN");
  }

  @Test
  void tableAndJsonTellTheSame() {
    Findings findings = findings(COSTS);
    Evaluation evaluation = findings.evaluation();

    assertThat(FindingsTable.of(findings))
        .contains(Html.figure(evaluation.accuracy()), Html.figure(evaluation.macroF1()), "lang ru")
        .contains("least cost, with review");
    var json = FindingsJson.of(findings);
    assertThat(json.propertyNames()).contains("n", "accuracy", "macro_f1", "ece", "per_class");
    assertThat(json.path("n").intValue()).isEqualTo(60);
    assertThat(json.path("macro_f1").doubleValue()).isEqualTo(evaluation.macroF1());
    assertThat(json.path("per_class").path("LABEL_2").path("support").intValue())
        .isEqualTo(evaluation.perLabel().get(2).support());
    assertThat(json.path("slices").propertyNames()).containsExactly("lang");
  }

  @Test
  void worstSlicesAreThoseThatAreWorseForCertain() {
    List<Judged> rows = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      // A large kind with 70 %, a small one with 65 %: the small one may be as good as any.
      boolean large = i < 300;
      String kind = large ? "large" : i < 320 ? "small" : "other";
      boolean right = large ? i % 10 < 7 : i < 320 ? i % 20 < 13 : i % 20 != 0;
      rows.add(row("t", right ? 0 : 1, Map.of("kind", kind), 0.9, 0.1));
    }

    assertThat(Slice.worst(Slice.byField(rows, List.of(0, 1)), 3))
        .extracting(Slice::value)
        .containsExactly("large", "small", "other");
    assertThat(Interval.wilson(210, 300).high()).isLessThan(Interval.wilson(13, 20).high());
  }
}
