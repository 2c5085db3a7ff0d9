package tickets.scorer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tickets.contract.Rejection;
import tickets.scorer.reading.TextLanguage;
import tickets.scorer.reading.TextReading;

class TicketScorerTest {
  private static TicketScorer scorer;

  @BeforeAll
  static void load() {
    scorer = TicketScorer.load(BundledModel.DIRECTORY, Precision.FP32);
  }

  @AfterAll
  static void close() {
    scorer.close();
  }

  private static Scores scores(Verdict verdict) {
    assertThat(verdict).isInstanceOf(Verdict.Scored.class);
    return ((Verdict.Scored) verdict).scores();
  }

  /** Passes on what the real model says, unless a row is in this text's tokens. */
  private static TicketScorer failingOn(String text, UnaryOperator<float[]> instead) {
    int[] culprit = TicketTokenizer.load(BundledModel.DIRECTORY, 256).tokens(text).ids();
    return TicketScorer.load(
        BundledModel.DIRECTORY,
        Precision.FP32,
        model ->
            new Around(model) {
              @Override
              public float[][] logits(TokenBatch batch) {
                float[][] logits = super.logits(batch);
                for (int row = 0; row < batch.size(); row++) {
                  if (Arrays.equals(batch.row(row), culprit)) {
                    logits[row] = instead.apply(logits[row]);
                  }
                }
                return logits;
              }
            });
  }

  private abstract static class Around implements PriorityModel {
    private final PriorityModel model;

    Around(PriorityModel model) {
      this.model = model;
    }

    @Override
    public int labelCount() {
      return model.labelCount();
    }

    @Override
    public int maxTokens() {
      return model.maxTokens();
    }

    @Override
    public float[][] logits(TokenBatch batch) {
      return model.logits(batch);
    }

    @Override
    public void close() {
      model.close();
    }
  }

  @Test
  void mailIsScoredByItsSendersWords() {
    String own = "Касса на входе не пробивает чеки с девяти утра, очередь уже на улице.";
    String mail =
        own
            + "\n\nС уважением,\nИван Петров\nтел. 123-45-67\n\n"
            + "03.11.2025, 10:12, \"Анна\" <anna@example.com>:\n> Спасибо, ничего срочного, просто"
            + " вопрос на будущее.";
    List<Verdict> verdicts =
        scorer.score(List.of(own, mail, "hgf jhg fjh gfjh gfj hgf")).verdicts();

    assertThat(scores(verdicts.get(1))).isEqualTo(scores(verdicts.get(0)));
    assertThat(((Verdict.Scored) verdicts.get(1)).understanding())
        .isEqualTo(
            new TextReading.Understanding(TextLanguage.RU, true, List.of("quote", "signature")));
    assertThat(((Verdict.Scored) verdicts.get(2)).understanding())
        .isEqualTo(new TextReading.Understanding(TextLanguage.UNKNOWN, false, List.of()));
  }

  @Test
  void automaticPrecisionEndsInOneThatThisProcessorRuns() {
    try (TicketScorer either =
        TicketScorer.loadInFirst(
            BundledModel.DIRECTORY,
            List.of(Precision.BF16, Precision.FP32),
            KeptCalibration.nowhere(),
            model -> model)) {
      assertThat(either.manifest().precision())
          .isEqualTo(
              Precision.multipliesBf16(Precision.processorFlags())
                  ? Precision.BF16
                  : Precision.FP32);
      String outage = "База данных недоступна, встал весь склад, отгрузки остановлены";
      assertThat(scores(either.score(List.of(outage)).verdicts().get(0)).label())
          .isEqualTo("LABEL_3");
    }
  }

  @Test
  void verdictsComeInTheOrderOfTheTexts() {
    List<BundledModel.Case> cases = new ArrayList<>(BundledModel.cases());
    Collections.reverse(cases);
    ScoredBatch batch = scorer.score(cases.stream().map(BundledModel.Case::text).toList());

    assertThat(batch.verdicts()).hasSameSizeAs(cases);
    for (int i = 0; i < cases.size(); i++) {
      Scores expected = Scores.of(cases.get(i).logits(), scorer.manifest());
      assertThat(scores(batch.verdicts().get(i)).label())
          .as(cases.get(i).text())
          .isEqualTo(expected.label());
      assertThat(scores(batch.verdicts().get(i)).score()).isCloseTo(expected.score(), within(1e-3));
    }
    assertThat(batch.tokens()).isEqualTo(cases.stream().mapToInt(one -> one.ids().length).sum());
    assertThat(batch.tokenising()).isPositive();
    assertThat(batch.inference()).isPositive();
  }

  @Test
  void urgentTicketIsCriticalInBothLanguages() {
    List<Verdict> verdicts =
        scorer
            .score(
                List.of(
                    "База данных недоступна, встал весь склад, отгрузки остановлены",
                    "Could you add dark mode please?"))
            .verdicts();

    assertThat(scores(verdicts.get(0)).priority()).isEqualTo("critical");
    assertThat(scores(verdicts.get(1)).priority()).isEqualTo("low");
  }

  @Test
  void ticketAloneScoresAsInAnyBatch() {
    List<String> texts = BundledModel.texts();
    List<Verdict> together = scorer.score(texts).verdicts();

    for (int i = 0; i < texts.size(); i++) {
      Scores alone = scores(scorer.score(List.of(texts.get(i))).verdicts().get(0));
      Scores beside = scores(together.get(i));
      alone
          .probabilities()
          .forEach(
              (label, p) ->
                  assertThat(beside.probabilities().get(label)).isCloseTo(p, within(1e-4)));
    }
  }

  @Test
  void longTextIsMarkedTruncated() {
    List<Verdict> verdicts = scorer.score(List.of("word ".repeat(2_000), "word")).verdicts();

    assertThat(verdicts.get(0))
        .isInstanceOfSatisfying(
            Verdict.Scored.class,
            scored -> {
              assertThat(scored.truncated()).isTrue();
              assertThat(scored.tokens()).isEqualTo(256);
            });
    assertThat(verdicts.get(1))
        .isInstanceOfSatisfying(
            Verdict.Scored.class, scored -> assertThat(scored.truncated()).isFalse());
  }

  @Test
  void equalTextsAreWorkedOutOnce() {
    ScoredBatch batch = scorer.score(Collections.nCopies(50, "The printer is out of paper"));

    assertThat(batch.verdicts()).hasSize(50);
    assertThat(batch.verdicts().stream().distinct()).hasSize(1);
    assertThat(batch.tokens()).isEqualTo(50 * 8);
    assertThat(batch.paddedTokens()).isEqualTo(PriorityModel.PASS_MULTIPLE);
  }

  @Test
  void onOneCoreNobodyHelps() {
    Set<Thread> at = ConcurrentHashMap.newKeySet();
    TicketScorer alone =
        TicketScorer.load(
                BundledModel.DIRECTORY,
                Precision.FP32,
                model ->
                    new Around(model) {
                      @Override
                      public float[][] logits(TokenBatch batch) {
                        at.add(Thread.currentThread());
                        return super.logits(batch);
                      }
                    })
            .onOneCore();
    try (alone) {
      ScoredBatch batch = alone.score(BundledModel.texts());

      assertThat(at).containsExactly(Thread.currentThread());
      assertThat(batch.helpersCpu()).isZero();
      assertThat(batch.verdicts()).hasSameSizeAs(BundledModel.texts());
    }
  }

  @Test
  void asOnAGpuTextsAreTokenisedSideBySideAndKeepTheirOrder() {
    List<String> texts = new ArrayList<>(BundledModel.texts());
    texts.add(3, texts.get(7));
    TicketScorer asOnGpu =
        new TicketScorer(
            TicketTokenizer.load(BundledModel.DIRECTORY, 256),
            BertPriorityModel.load(
                BundledModel.DIRECTORY, BundledModel.manifest(Precision.FP32), false, true),
            BundledModel.manifest(Precision.FP32));
    try (asOnGpu) {
      ScoredBatch batch = asOnGpu.score(texts);
      List<Verdict> ordinary = scorer.score(texts).verdicts();
      for (int i = 0; i < texts.size(); i++) {
        assertThat(scores(batch.verdicts().get(i)).score())
            .as(texts.get(i))
            .isCloseTo(scores(ordinary.get(i)).score(), within(1e-4));
      }
      // No padding, and the text that comes twice is worked out once.
      assertThat(batch.paddedTokens()).isLessThan(batch.tokens());
    }
  }

  @Test
  void onlyTheCulpritOfAFailedBatchIsRejected() {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < 32; i++) {
      texts.add("Customer " + (1_000 + i) + " cannot log in since " + i + " o'clock");
    }
    String culprit = texts.get(17);
    try (TicketScorer failing =
        failingOn(
            culprit,
            row -> {
              throw new ModelFailure("boom");
            })) {
      List<Verdict> verdicts = failing.score(texts).verdicts();

      assertThat(verdicts.get(17))
          .isInstanceOfSatisfying(
              Verdict.Unscorable.class,
              unscorable -> {
                assertThat(unscorable.code()).isEqualTo(Rejection.Code.MODEL_FAILED);
                assertThat(unscorable.message()).contains("boom").doesNotContain(culprit);
              });
      assertThat(verdicts.stream().filter(Verdict.Scored.class::isInstance)).hasSize(31);
      List<Verdict> healthy = scorer.score(texts).verdicts();
      for (int i = 0; i < texts.size(); i++) {
        if (i != 17) {
          assertThat(scores(verdicts.get(i)).score())
              .isCloseTo(scores(healthy.get(i)).score(), within(1e-4));
        }
      }
    }
  }

  @Test
  void notANumberIsARejectionNotAScore() {
    for (float odd : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      try (TicketScorer failing =
          failingOn("Как поменять аватар?", row -> new float[] {row[0], odd, row[2], row[3]})) {
        List<Verdict> verdicts =
            failing.score(List.of("Спасибо", "Как поменять аватар?")).verdicts();

        assertThat(verdicts.get(0)).isInstanceOf(Verdict.Scored.class);
        assertThat(verdicts.get(1))
            .isInstanceOfSatisfying(
                Verdict.Unscorable.class,
                unscorable -> assertThat(unscorable.code()).isEqualTo(Rejection.Code.NOT_A_NUMBER));
      }
    }
  }

  @Test
  void textThatTheTokenizerCannotReadCostsOnlyItself() {
    List<Verdict> verdicts = scorer.score(Arrays.asList("Спасибо", null, "Thanks")).verdicts();

    assertThat(verdicts.get(0)).isInstanceOf(Verdict.Scored.class);
    assertThat(verdicts.get(1))
        .isInstanceOfSatisfying(
            Verdict.Unscorable.class,
            unscorable -> assertThat(unscorable.code()).isEqualTo(Rejection.Code.MODEL_FAILED));
    assertThat(verdicts.get(2)).isInstanceOf(Verdict.Scored.class);
  }

  @Test
  void brokenModelRejectsNobody() {
    TicketScorer broken =
        TicketScorer.load(
            BundledModel.DIRECTORY,
            Precision.FP32,
            model ->
                new Around(model) {
                  @Override
                  public float[][] logits(TokenBatch batch) {
                    throw new ModelFailure("the GPU is gone");
                  }
                });
    try (broken) {
      assertThatThrownBy(() -> broken.score(List.of("a", "b")))
          .isInstanceOf(ModelFailure.class)
          .hasMessageContaining("no longer works")
          .hasMessageContaining("the GPU is gone");
    }
  }

  @Test
  void noTextsGiveNoVerdicts() {
    assertThat(scorer.score(List.of()).verdicts()).isEmpty();
  }

  @Test
  void oddTextsAreScoredLikeAnyOther() {
    List<String> texts =
        List.of(
            "",
            " ",
            "\u0000",
            "\ud800",
            "😀",
            "[CLS] [SEP] [PAD]",
            "x".repeat(10_000),
            "a\n".repeat(5_000));

    assertThat(scorer.score(texts).verdicts())
        .hasSize(8)
        .allSatisfy(verdict -> assertThat(verdict).isInstanceOf(Verdict.Scored.class));
  }

  @Test
  void lettersYoAndShortIArePartOfTheWord() {
    // The vocabulary was made with accents: stripped of them, a third of the Russian words would be
    // others.
    List<Verdict> verdicts =
        scorer
            .score(List.of("Всё упало, ничей заказ не идёт", "Все упало, ничеи заказ не идет"))
            .verdicts();

    assertThat(scores(verdicts.get(0)).probabilities())
        .isNotEqualTo(scores(verdicts.get(1)).probabilities());
  }

  @Test
  void warmUpMeasuresARate() {
    assertThat(scorer.warmUp()).isPositive().isFinite();
  }

  @Test
  void modelAndManifestMustAgreeOnTheLabels() {
    ModelManifest two =
        new ModelManifest(
            "m",
            "1",
            "d",
            List.of("a", "b"),
            List.of("a", "b"),
            List.of(0, 1),
            Scaling.NONE,
            256,
            Decision.MOST_PROBABLE,
            Precision.FP32);
    try (TicketTokenizer tokenizer = TicketTokenizer.load(BundledModel.DIRECTORY, 256)) {
      assertThatThrownBy(() -> new TicketScorer(tokenizer, new StubPriorityModel(), two))
          .isInstanceOf(UnusableModel.class)
          .hasMessageContaining("4 labels");
    }
  }
}
