package tickets.scorer.model;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tickets.contract.Rejection;
import tickets.contract.ScoredTicket;
import tickets.scorer.model.TicketTokenizer.Tokens;
import tickets.scorer.reading.TextReading;
import tickets.scorer.reading.TextReading.Understanding;

/**
 * [6] of a ticket's path: a list of texts in, a verdict for each out. Any number of threads may use
 * one.
 *
 * <p>A bad text costs itself only: where the model fails on a batch, its tickets are tried one by
 * one and those that fail alone are {@link Verdict.Unscorable}. A model that no longer scores even
 * a harmless text is another matter: then no ticket is to blame, and {@link #score} fails.
 */
public final class TicketScorer implements ScoringEngine {
  private static final Logger log = LoggerFactory.getLogger(TicketScorer.class);

  /** Texts that a core tokenises at a time, some 2 ms: worth a thread's wake-up. */
  private static final int READ_TOGETHER = 12;

  /** Any model can score this. */
  private static final String HARMLESS = "ok";

  private static final String SAMPLE =
      "The invoice page does not open since this morning. Не открывается страница счетов с утра.";

  private final TicketTokenizer tokenizer;
  private final PriorityModel model;
  private final ModelManifest manifest;
  private final ScoredTicket.Model named;

  private volatile boolean onOneCore;

  /** Padded tokens a second; 0 until it is measured. */
  private double speed;

  /** The three must belong together; this object closes the first two. */
  public TicketScorer(TicketTokenizer tokenizer, PriorityModel model, ModelManifest manifest) {
    if (model.labelCount() != manifest.labels().size()) {
      throw new UnusableModel(
          "The model tells "
              + model.labelCount()
              + " labels apart, its manifest names "
              + manifest.labels().size()
              + ".");
    }
    this.tokenizer = tokenizer;
    this.model = model;
    this.manifest = manifest;
    this.named = manifest.asNamedInResults();
  }

  /**
   * @throws UnusableModel if the directory holds no model that can be run; the message says why
   */
  public static TicketScorer load(Path modelDirectory, Precision precision) {
    return load(modelDirectory, precision, model -> model);
  }

  /**
   * As {@link #load(Path, Precision)}, and quicker where that has been done before.
   *
   * @param stateDirectory where what is found out about the model is kept for the next start; it
   *     need not exist, nor be writable
   */
  public static TicketScorer load(Path modelDirectory, Precision precision, Path stateDirectory) {
    return loadInFirst(
        modelDirectory,
        BertPriorityModel.choices(precision),
        KeptCalibration.in(stateDirectory),
        model -> model);
  }

  /**
   * As {@link #load(Path, Precision)}, with something round the model: to watch it, or to let it
   * fail in a test.
   */
  public static TicketScorer load(
      Path modelDirectory, Precision precision, UnaryOperator<PriorityModel> around) {
    return loadInFirst(
        modelDirectory, BertPriorityModel.choices(precision), KeptCalibration.nowhere(), around);
  }

  /**
   * In the first precision that the engine can really run here and that stays close enough to fp32:
   * a processor's flags promise more than some virtual machines and library builds keep, and AUTO
   * must work everywhere. The last one is loaded without a doubt.
   */
  static TicketScorer loadInFirst(
      Path modelDirectory,
      List<Precision> choices,
      KeptCalibration kept,
      UnaryOperator<PriorityModel> around) {
    for (Precision choice : choices.subList(0, choices.size() - 1)) {
      try {
        TicketScorer scorer = loadIn(modelDirectory, choice, kept, around);
        if (scorer.scoresAtAll()) {
          return scorer;
        }
        scorer.close();
        log.warn("The engine can't run {} on this processor: the next precision is tried", choice);
      } catch (UnusableModel e) {
        // The directory may be to blame: then the last try says so.
        log.warn("This model can't be served in {}: the next is tried ({})", choice, reason(e));
      }
    }
    return loadIn(modelDirectory, choices.get(choices.size() - 1), kept, around);
  }

  private static TicketScorer loadIn(
      Path modelDirectory,
      Precision effective,
      KeptCalibration kept,
      UnaryOperator<PriorityModel> around) {
    ModelManifest manifest = ModelManifest.read(modelDirectory, effective);
    TicketTokenizer tokenizer = TicketTokenizer.load(modelDirectory, manifest.maxTokens());
    try {
      return new TicketScorer(
          tokenizer,
          around.apply(BertPriorityModel.load(modelDirectory, manifest, tokenizer, kept)),
          manifest);
    } catch (RuntimeException e) {
      tokenizer.close();
      throw e;
    }
  }

  /**
   * Never uses more than the core of the thread that brings a batch, for who is to be no burden.
   */
  public TicketScorer onOneCore() {
    onOneCore = true;
    return this;
  }

  /** How many of the cores are at a batch now, of any model in this process. */
  public static int busyCores() {
    return Cores.ofThisProcess().busy();
  }

  private boolean scoresAtAll() {
    try {
      return Scores.finite(logits(TokenBatch.of(List.of(tokenizer.tokens(HARMLESS).ids())))[0]);
    } catch (RuntimeException e) {
      log.debug("The model does not score a harmless text", e);
      return false;
    }
  }

  @Override
  public ModelManifest manifest() {
    return manifest;
  }

  /**
   * Scores texts together.
   *
   * @throws ModelFailure if the model no longer works at all; the texts are not to blame and may be
   *     tried again
   */
  @Override
  public ScoredBatch score(List<String> texts) {
    return score(texts, Cores.ofThisProcess()::begin);
  }

  @Override
  public ScoredBatch scoreGivingWay(List<String> texts) {
    return score(texts, Cores.ofThisProcess()::beginGivingWay);
  }

  private ScoredBatch score(List<String> texts, Supplier<Cores.Batch> cores) {
    Answers all = answers(texts, cores);
    List<Verdict> verdicts = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      verdicts.add(verdict(all.read().get(i), all.answers().get(i)));
    }
    return new ScoredBatch(
        named,
        verdicts,
        all.tokenising(),
        all.inference(),
        all.tokens(),
        all.paddedTokens(),
        all.helpersCpu());
  }

  /**
   * What the model itself says of a text, before it is scaled and decided on.
   *
   * @param logits one a label; finite
   * @param truncated as {@link Verdict.Scored}
   * @param tokens as {@link Verdict.Scored}
   * @param understanding as {@link Verdict.Scored}
   */
  public record Raw(float[] logits, boolean truncated, int tokens, Understanding understanding) {}

  /**
   * As {@link #score}, for who fits or compares decisions.
   *
   * @return one element a text, in the texts' order; empty where the text can't be scored
   */
  public List<Optional<Raw>> raw(List<String> texts) {
    Answers all = answers(texts, Cores.ofThisProcess()::begin);
    List<Optional<Raw>> raw = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      float[] logits = all.answers().get(i).logits();
      Read read = all.read().get(i);
      Tokens tokens = read.tokens();
      Understanding understanding = read.understanding();
      raw.add(
          logits == null || tokens == null || understanding == null || !numbers(logits)
              ? Optional.empty()
              : Optional.of(
                  new Raw(logits, tokens.truncated(), tokens.ids().length, understanding)));
    }
    return raw;
  }

  /** Of all texts, in their order. */
  private record Answers(
      List<Read> read,
      List<Answer> answers,
      Duration tokenising,
      Duration inference,
      int tokens,
      int paddedTokens,
      Duration helpersCpu) {}

  private Answers answers(List<String> texts, Supplier<Cores.Batch> cores) {
    long start = System.nanoTime();
    try (Cores.Batch batch = cores.get()) {
      List<Read> read = readAll(texts, batch);
      long tokenised = System.nanoTime();
      List<int[]> sequences =
          read.stream().map(Read::tokens).filter(Objects::nonNull).map(Tokens::ids).toList();
      Answer[] answers = new Answer[sequences.size()];
      int padded = 0;
      boolean alone = onOneCore || model.onGpu();
      List<TokenBatch> passes = model.passes(sequences, alone ? 1 : batch.cores());
      List<List<Answer>> answered =
          alone ? passes.stream().map(this::answer).toList() : batch.map(passes, this::answer);
      for (int i = 0; i < passes.size(); i++) {
        TokenBatch pass = passes.get(i);
        padded += model.onGpu() ? pass.tokens() : pass.paddedTokens();
        List<Answer> rows = answered.get(i);
        for (int row = 0; row < rows.size(); row++) {
          for (int ticket : pass.tickets(row)) {
            answers[ticket] = rows.get(row);
          }
        }
      }
      long inferred = System.nanoTime();
      List<Answer> inOrder = new ArrayList<>();
      int next = 0;
      for (Read text : read) {
        inOrder.add(text.tokens() == null ? new Answer(null, text.failure()) : answers[next++]);
      }
      return new Answers(
          read,
          inOrder,
          Duration.ofNanos(tokenised - start),
          Duration.ofNanos(inferred - tokenised),
          sequences.stream().mapToInt(ids -> ids.length).sum(),
          padded,
          batch.helpersCpu());
    }
  }

  /** Tokens and how the text was read, or why there are none. */
  private record Read(
      @Nullable Tokens tokens, @Nullable Understanding understanding, String failure) {}

  /** Logits, or why there are none. */
  private record Answer(float @Nullable [] logits, String failure) {}

  private List<Read> readAll(List<String> texts, Cores.Batch batch) {
    if (onOneCore) {
      return texts.stream().map(this::read).toList();
    }
    if (model.onGpu()) {
      // No model keeps the cores busy, and a part of twelve takes as long as a pass of 64 tickets.
      return texts.parallelStream().map(this::read).toList();
    }
    List<List<String>> parts = new ArrayList<>();
    for (int from = 0; from < texts.size(); from += READ_TOGETHER) {
      parts.add(texts.subList(from, Math.min(texts.size(), from + READ_TOGETHER)));
    }
    return batch.map(parts, part -> part.stream().map(this::read).toList()).stream()
        .flatMap(List::stream)
        .toList();
  }

  private Read read(String text) {
    try {
      TextReading.Read read = manifest.reading().read(text);
      return new Read(tokenizer.tokens(read.text()), read.understanding(), "");
    } catch (RuntimeException e) {
      // Not the message: it may quote the text.
      return new Read(
          null,
          null,
          "The text cannot be split into tokens (" + e.getClass().getSimpleName() + ").");
    }
  }

  /** One answer a row of the pass. */
  private List<Answer> answer(TokenBatch pass) {
    try {
      return Arrays.stream(logits(pass)).map(row -> new Answer(row, "")).toList();
    } catch (RuntimeException e) {
      if (pass.size() == 1) {
        requireModelWorks(e);
        return List.of(new Answer(null, "The model fails on this text (" + reason(e) + ")."));
      }
    }
    List<Answer> alone = new ArrayList<>();
    for (int row = 0; row < pass.size(); row++) {
      alone.addAll(answer(pass.only(row)));
    }
    return alone;
  }

  private float[][] logits(TokenBatch pass) {
    float[][] logits = model.logits(pass);
    if (logits.length != pass.size()) {
      throw new ModelFailure(
          "The model answered " + logits.length + " of " + pass.size() + " tickets.");
    }
    return logits;
  }

  /**
   * Else a model that broke down, say because its GPU is gone, would have every ticket rejected.
   */
  private void requireModelWorks(RuntimeException failure) {
    try {
      logits(TokenBatch.of(List.of(tokenizer.tokens(HARMLESS).ids())));
    } catch (RuntimeException e) {
      e.addSuppressed(failure);
      throw new ModelFailure(
          "The model no longer works, not even on \""
              + HARMLESS
              + "\": "
              + reason(e)
              + ". Restart the service.",
          e);
    }
  }

  private boolean numbers(float[] logits) {
    return logits.length == manifest.labels().size() && Scores.finite(logits);
  }

  private Verdict verdict(Read text, Answer answer) {
    float[] logits = answer.logits();
    Tokens tokens = text.tokens();
    if (logits == null || tokens == null) {
      return new Verdict.Unscorable(Rejection.Code.MODEL_FAILED, answer.failure());
    }
    if (!numbers(logits)) {
      return new Verdict.Unscorable(
          Rejection.Code.NOT_A_NUMBER,
          "The model's answer to this text is not a number for each label.");
    }
    return new Verdict.Scored(
        Scores.of(logits, manifest), tokens.truncated(), tokens.ids().length, text.understanding());
  }

  /** Once: a further call tells what the first one measured. */
  @Override
  public synchronized double warmUp() {
    if (speed == 0) {
      speed = measureSpeed();
    }
    return speed;
  }

  /**
   * The engine settles in its first passes, whatever their sizes: on a CPU two of them took 30 to
   * 40 ms longer each; from then on the first pass of a new size took up to 14 ms longer than its
   * second, which no warm-up of a few sizes can spare all sizes to come.
   */
  private double measureSpeed() {
    // Else the first batch that gives way would load what makes its threads nice.
    scoreGivingWay(List.of(HARMLESS));
    int window = model.maxTokens();
    for (int width : new int[] {16, 16, 64, window}) {
      logits(sample(1, Math.min(width, window)));
    }
    TokenBatch usual = sample(16, Math.min(64, window));
    long best = Long.MAX_VALUE;
    for (int i = 0; i < 3; i++) {
      long start = System.nanoTime();
      logits(usual);
      best = Math.min(best, System.nanoTime() - start);
    }
    return usual.paddedTokens() / (best / 1e9);
  }

  /** Distinct tickets of a real text's tokens, over and over. */
  private TokenBatch sample(int tickets, int width) {
    int[] text = tokenizer.tokens(SAMPLE).ids();
    List<int[]> sequences = new ArrayList<>();
    for (int i = 0; i < tickets; i++) {
      int[] ids = new int[width];
      ids[0] = text[0];
      for (int j = 1; j < width - 1; j++) {
        ids[j] = text[1 + (i + j) % (text.length - 2)];
      }
      ids[width - 1] = text[text.length - 1];
      sequences.add(ids);
    }
    return TokenBatch.of(sequences);
  }

  @Override
  public void close() {
    model.close();
    tokenizer.close();
  }

  private static String reason(Throwable e) {
    String message = e.getMessage();
    return message == null || message.isBlank() ? e.getClass().getSimpleName() : message;
  }
}
