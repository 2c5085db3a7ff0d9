package tickets.scorer.model;

/**
 * A classifier of token sequences, in its own vocabulary: tokens in, logits out. What it must keep
 * to is written down as a test, {@code PriorityModelContract}.
 */
public interface PriorityModel extends AutoCloseable {

  /** How many labels it tells apart, and so the length of each row of logits. */
  int labelCount();

  /** The longest sequence it takes, [CLS] and [SEP] included. */
  int maxTokens();

  /**
   * One row of logits a ticket, in the batch's order. A row depends on that row's tokens only,
   * never on its neighbours or the padding. Any number of threads may call at once.
   *
   * @throws ModelFailure if the batch cannot be worked out, or after {@link #close}
   */
  float[][] logits(TokenBatch batch);

  /**
   * The most padded tokens one forward pass should have: bounds its memory (some 50 MB for a BERT
   * 384 wide), and larger passes are no faster.
   */
  default int passLimit() {
    return 4_096;
  }

  /**
   * What a forward pass costs beside its tokens, said in tokens: two short passes beat one with
   * more padding than this. 32 was measured for BERT on one CPU core
   * (docs/decisions/0004-how-does-bert-run-in-the-jvm.md).
   */
  default int passOverhead() {
    return 32;
  }

  /** Waits for the passes under way, then frees the memory. A second call does nothing. */
  @Override
  void close();
}
