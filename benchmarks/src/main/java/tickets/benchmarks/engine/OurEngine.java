package tickets.benchmarks.engine;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import tickets.scorer.model.Precision;
import tickets.scorer.model.ScoredBatch;
import tickets.scorer.model.TicketScorer;
import tickets.scorer.model.Verdict;

/** The scorer-stream's own engine, in batches as large as a full one there. */
final class OurEngine implements Contestant {
  private final TicketScorer scorer;
  private final int batch;

  OurEngine(Path model, Precision precision, int batch) {
    scorer = TicketScorer.load(model, precision);
    scorer.warmUp();
    this.batch = batch;
  }

  @Override
  public Who who() {
    String precision = scorer.manifest().precision().toString().toLowerCase(Locale.ROOT);
    return new Who(
        "ticket-priority " + precision + ", batches of " + batch,
        precision,
        scorer.manifest().digest());
  }

  @Override
  public Work score(List<String> texts) {
    Work work = Work.NONE;
    for (int from = 0; from < texts.size(); from += batch) {
      ScoredBatch scored = scorer.score(texts.subList(from, Math.min(texts.size(), from + batch)));
      work =
          work.plus(
              new Work(scored.tokens(), scored.paddedTokens(), scored.tokenising().toNanos()));
    }
    return work;
  }

  @Override
  public Answer answer(String text) {
    if (scorer.score(List.of(text)).verdicts().get(0) instanceof Verdict.Scored scored) {
      return new Answer(
          scored.scores().chosen(), List.copyOf(scored.scores().probabilities().values()));
    }
    throw new IllegalStateException("A ticket could not be scored");
  }

  @Override
  public void close() {
    scorer.close();
  }
}
