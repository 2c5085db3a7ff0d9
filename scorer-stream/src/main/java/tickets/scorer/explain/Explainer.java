package tickets.scorer.explain;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tickets.contract.Explanation.Explained;
import tickets.contract.Explanation.Faithfulness;
import tickets.contract.Explanation.Word;
import tickets.contract.ScoredTicket;
import tickets.scorer.explain.Words.Span;
import tickets.scorer.model.Scores;
import tickets.scorer.model.ScoringEngine;
import tickets.scorer.model.Verdict;

/**
 * Explains by deletion: the text is scored whole and once without each of its words, all in one
 * batch, by whatever scores tickets. What a word weighs is what the label loses without it. That
 * says what the model did, not what it ought to have done.
 */
final class Explainer {

  /** Texts of a batch: the whole one, and one without each word or group of words. */
  static final int MOST_TEXTS = 64;

  /** A fifth of the words are deleted to see whether the weights hold. */
  private static final int PART_DELETED = 5;

  /** As many times others are deleted instead: some ten more texts in a second batch. */
  private static final int DRAWS = 8;

  /** The model was changed between the two batches: once more with the new one. */
  private static final int TRIES = 2;

  private final ScoringEngine engine;
  private final InstantSource clock;

  Explainer(ScoringEngine engine, InstantSource clock) {
    this.engine = engine;
    this.clock = clock;
  }

  /** There is nothing to explain; the message says why, without the text. */
  static final class Unexplainable extends Exception {
    private static final long serialVersionUID = 1;

    Unexplainable(String message) {
      super(message);
    }
  }

  /**
   * Explains the label that the engine gives to the text. The same text and model have the same
   * explanation.
   *
   * @throws Unexplainable if the text has no score
   * @throws RuntimeException if the engine is broken
   */
  Explained explain(String text) throws Unexplainable {
    for (int tries = 0; tries < TRIES; tries++) {
      ScoredTicket.Model model = engine.manifest().asNamedInResults();
      Explained explained = explain(text, model);
      if (engine.manifest().digest().equals(model.digest())) {
        return explained;
      }
    }
    throw new Unexplainable("The model is being changed. Ask again.");
  }

  private Explained explain(String text, ScoredTicket.Model model) throws Unexplainable {
    List<Span> spans = Words.grouped(wordsRead(text), MOST_TEXTS - 1);
    List<String> texts = new ArrayList<>();
    texts.add(text);
    spans.forEach(span -> texts.add(Words.without(text, List.of(span))));
    List<Verdict> verdicts = engine.score(texts).verdicts();
    if (!(verdicts.get(0) instanceof Verdict.Scored whole)) {
      throw new Unexplainable(
          verdicts.get(0) instanceof Verdict.Unscorable unscorable
              ? unscorable.message()
              : "The text has no score.");
    }
    Scores scores = whole.scores();
    double score = probability(whole, scores.label(), 0);
    double[] weights =
        IntStream.range(0, spans.size())
            .mapToDouble(i -> score - probability(verdicts.get(1 + i), scores.label(), score))
            .toArray();
    return new Explained(
        scores.label(),
        // Not the result's own, which is "review" where people are to look.
        nameOf(scores.label(), model),
        score,
        model.withoutPriorities(),
        whole.truncated(),
        words(text, spans, weights),
        faithfulness(text, spans, weights, scores.label(), score),
        clock.instant());
  }

  /**
   * Those that the model is given: the words of a quoted letter would only make the groups larger
   * in which the others are.
   */
  private List<Span> wordsRead(String text) {
    List<Span> words = Words.of(text);
    String read = engine.manifest().reading().read(text).text();
    int from = text.indexOf(read);
    // Where it was taken from several places, all are asked: what is not read weighs nothing.
    return from < 0
        ? words
        : words.stream()
            .filter(word -> word.start() >= from && word.end() <= from + read.length())
            .toList();
  }

  private static String nameOf(String label, ScoredTicket.Model model) {
    Map<String, String> names = model.priorities();
    return names == null ? label : names.getOrDefault(label, label);
  }

  /** A text without a word that can't be scored says nothing of the word. */
  private static double probability(Verdict verdict, String label, double otherwise) {
    Double probability =
        verdict instanceof Verdict.Scored scored
            ? scored.scores().probabilities().get(label)
            : null;
    return probability == null ? otherwise : probability;
  }

  /** From places in chars to places in code points. */
  static List<Word> words(String text, List<Span> spans, double[] weights) {
    List<Word> words = new ArrayList<>();
    int chars = 0;
    int points = 0;
    for (int i = 0; i < weights.length; i++) {
      Span span = spans.get(i);
      int start = points + text.codePointCount(chars, span.start());
      int end = start + text.codePointCount(span.start(), span.end());
      words.add(new Word(start, end, weights[i]));
      chars = span.end();
      points = end;
    }
    return words;
  }

  private @Nullable Faithfulness faithfulness(
      String text, List<Span> spans, double[] weights, String label, double score) {
    List<Integer> heaviestFirst =
        IntStream.range(0, weights.length)
            .boxed()
            .sorted(Comparator.comparingDouble((Integer i) -> weights[i]).reversed())
            .toList();
    long speakFor = IntStream.range(0, weights.length).filter(i -> weights[i] > 0).count();
    int deleted = (int) Math.min(speakFor, (weights.length + PART_DELETED - 1) / PART_DELETED);
    if (deleted == 0) {
      return null;
    }
    List<Integer> top = heaviestFirst.subList(0, deleted);
    List<Integer> others = heaviestFirst.subList(deleted, weights.length);
    List<List<Integer>> draws = others.size() < deleted ? List.of() : draws(text, others, deleted);
    List<Verdict> verdicts =
        engine
            .score(
                Stream.concat(Stream.of(top), draws.stream())
                    .map(some -> Words.without(text, inOrder(spans, some)))
                    .toList())
            .verdicts();
    double withoutOthers =
        verdicts.stream()
            .skip(1)
            .mapToDouble(verdict -> probability(verdict, label, score))
            .average()
            .orElse(Double.NaN);
    return new Faithfulness(
        deleted,
        probability(verdicts.get(0), label, score),
        draws.isEmpty() ? null : withoutOthers,
        draws.size());
  }

  /** By chance, but the same for the same text. */
  private static List<List<Integer>> draws(String text, List<Integer> others, int deleted) {
    Random random = new Random(text.hashCode());
    List<List<Integer>> draws = new ArrayList<>();
    for (int i = 0; i < DRAWS; i++) {
      List<Integer> shuffled = new ArrayList<>(others);
      Collections.shuffle(shuffled, random);
      draws.add(shuffled.subList(0, deleted));
    }
    return draws;
  }

  private static List<Span> inOrder(List<Span> spans, List<Integer> some) {
    return some.stream().sorted().map(spans::get).toList();
  }
}
