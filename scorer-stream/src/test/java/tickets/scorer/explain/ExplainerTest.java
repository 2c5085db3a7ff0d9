package tickets.scorer.explain;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tickets.contract.Explanation.Explained;
import tickets.contract.Explanation.Faithfulness;
import tickets.contract.Explanation.Word;
import tickets.contract.Rejection;
import tickets.scorer.model.ModelManifest;
import tickets.scorer.model.Precision;
import tickets.scorer.model.ScoredBatch;
import tickets.scorer.model.ScoringEngine;
import tickets.scorer.model.TicketScorer;
import tickets.scorer.model.Verdict;

/** Explanations by the bundled model, held against deleting words by hand. */
class ExplainerTest {

  private static final Instant NOW = Instant.parse("2026-11-26T09:15:02.118Z");

  private static TicketScorer model;

  @BeforeAll
  static void load() {
    model = TicketScorer.load(Path.of("../models/ticket-priority-ru-en"), Precision.FP32);
  }

  @AfterAll
  static void close() {
    model.close();
  }

  /** Scores with the model and keeps what it was asked. */
  private static class Watched implements ScoringEngine {
    final List<List<String>> batches = new ArrayList<>();

    @Override
    public ModelManifest manifest() {
      return model.manifest();
    }

    @Override
    public ScoredBatch score(List<String> texts) {
      batches.add(List.copyOf(texts));
      return model.score(texts);
    }

    @Override
    public double warmUp() {
      return 1;
    }

    @Override
    public void close() {}
  }

  private static Explained explain(ScoringEngine engine, String text) throws Exception {
    return new Explainer(engine, InstantSource.fixed(NOW)).explain(text);
  }

  private static double probability(String text, String label) {
    Verdict.Scored scored = (Verdict.Scored) model.score(List.of(text)).verdicts().get(0);
    return requireNonNull(scored.scores().probabilities().get(label));
  }

  /** As a reader of the answer would, who counts characters. */
  private static String without(String text, Word word) {
    int[] points = text.codePoints().toArray();
    return new String(points, 0, word.start())
        + new String(points, word.end(), points.length - word.end());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "База данных недоступна, встал весь склад, отгрузки остановлены",
        "🙈🙈 Our production API returns 500 for everyone 𝕏 since the morning!",
        "Спасибо, всё работает 👍",
        "Как сменить пароль?",
        "down"
      })
  void aWeightIsWhatTheLabelLosesWithoutTheWord(String text) throws Exception {
    Explained explained = explain(model, text);

    assertThat(explained.taskPriority())
        .isEqualTo(
            ((Verdict.Scored) model.score(List.of(text)).verdicts().get(0)).scores().label());
    assertThat(explained.priorityScore())
        .isCloseTo(probability(text, explained.taskPriority()), within(1e-4));
    assertThat(explained.model().digest()).isEqualTo(model.manifest().digest());
    assertThat(explained.model().priorities()).isNull();
    assertThat(explained.explainedAt()).isEqualTo(NOW);
    assertThat(explained.words()).isNotEmpty();
    for (Word word : explained.words()) {
      assertThat(explained.priorityScore() - word.weight())
          .as(text.substring(text.offsetByCodePoints(0, word.start())))
          .isCloseTo(probability(without(text, word), explained.taskPriority()), within(2e-4));
    }
    assertThat(explain(model, text).words()).as("the same again").isEqualTo(explained.words());
  }

  @Test
  void theHeaviestWordsMoveTheScoreMoreThanOthers() throws Exception {
    String text = "Добрый день! База данных недоступна, встал весь склад, отгрузки остановлены";
    Explained explained = explain(model, text);

    Faithfulness faithfulness = requireNonNull(explained.faithfulness());
    assertThat(faithfulness.deleted()).isEqualTo(2);
    assertThat(faithfulness.draws()).isEqualTo(8);
    String withoutTop = text;
    for (Word word :
        explained.words().stream()
            .sorted(Comparator.comparingDouble(Word::weight).reversed())
            .limit(faithfulness.deleted())
            .sorted(Comparator.comparingInt(Word::start).reversed())
            .toList()) {
      withoutTop = without(withoutTop, word);
    }
    assertThat(faithfulness.withoutTop())
        .isCloseTo(probability(withoutTop, explained.taskPriority()), within(2e-4));
    assertThat(faithfulness.withoutTop()).isLessThan(explained.priorityScore());
    assertThat(requireNonNull(faithfulness.withoutOthers()))
        .isGreaterThan(faithfulness.withoutTop());
  }

  @Test
  void aLongTextIsGroupedSoThatABatchHas64Texts() throws Exception {
    Watched watched = new Watched();
    String text =
        IntStream.range(0, 1_500).mapToObj(i -> "слово" + i).collect(Collectors.joining(" "));

    Explained explained = explain(watched, text);

    assertThat(watched.batches).hasSizeLessThanOrEqualTo(2);
    assertThat(watched.batches.get(0)).hasSizeBetween(40, Explainer.MOST_TEXTS);
    assertThat(watched.batches).allSatisfy(texts -> assertThat(texts).hasSizeLessThanOrEqualTo(64));
    assertThat(explained.truncated()).isTrue();
    assertThat(explained.words()).hasSizeLessThanOrEqualTo(63);
    assertThat(explained.words().get(0).start()).isZero();
    assertThat(explained.words().get(explained.words().size() - 1).end())
        .isEqualTo(text.codePointCount(0, text.length()));
  }

  @Test
  void whatTheModelIsNotGivenIsNoWordOfTheExplanation() throws Exception {
    String own = "🙈 The invoice page does not open since this morning, nobody can pay any more";
    String quoted =
        "\n\nOn Mon, 3 Nov 2025 at 10:15, Support <support@example.org> wrote:\n"
            + "> Production is down, please restart everything at once\n".repeat(20);

    Explained explained = explain(model, own + quoted);

    assertThat(explained.words()).hasSize(15);
    assertThat(explained.words().get(14).end()).isEqualTo(own.codePointCount(0, own.length()));
    assertThat(explained.priorityScore())
        .isCloseTo(probability(own, explained.taskPriority()), within(1e-4));
  }

  @Test
  void aSingleWordHasNoOthersBesideIt() throws Exception {
    Explained explained = explain(model, "down");
    assertThat(explained.words()).hasSize(1);
    Faithfulness faithfulness = explained.faithfulness();
    if (explained.words().get(0).weight() > 0) {
      assertThat(requireNonNull(faithfulness).withoutOthers()).isNull();
      assertThat(requireNonNull(faithfulness).draws()).isZero();
    } else {
      assertThat(faithfulness).isNull();
    }
  }

  @Test
  void aTextWithoutAScoreIsNotExplained() {
    Watched failing =
        new Watched() {
          @Override
          public ScoredBatch score(List<String> texts) {
            return new ScoredBatch(
                model.manifest().asNamedInResults(),
                texts.stream()
                    .map(
                        text ->
                            (Verdict)
                                new Verdict.Unscorable(Rejection.Code.NOT_A_NUMBER, "No number."))
                    .toList(),
                Duration.ZERO,
                Duration.ZERO,
                1,
                1,
                Duration.ZERO);
          }
        };
    assertThatThrownBy(() -> explain(failing, "x y"))
        .isInstanceOf(Explainer.Unexplainable.class)
        .hasMessage("No number.");
  }

  @Test
  void aModelThatChangesMeanwhileIsAskedOnceMoreAndNeverMixed() throws Exception {
    ModelManifest own = model.manifest();
    ModelManifest other =
        new ModelManifest(
            own.name(),
            own.version(),
            "0".repeat(64),
            own.labels(),
            own.priorities(),
            own.leastUrgentFirst(),
            own.scaling(),
            own.maxTokens(),
            own.decision(),
            own.precision());
    Watched changing =
        new Watched() {
          @Override
          public ModelManifest manifest() {
            return batches.isEmpty() ? own : other;
          }
        };

    assertThat(explain(changing, "Склад встал").model().digest()).isEqualTo(other.digest());
  }
}
