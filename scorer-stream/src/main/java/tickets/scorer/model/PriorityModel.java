package tickets.scorer.model;

import java.util.List;

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
   * The most tokens, padding included, one forward pass should have: bounds its memory, and larger
   * passes were seen to be slower.
   */
  default int passLimit() {
    return 4_096;
  }

  /**
   * The tokens of a pass, padding included, are a multiple of this. oneDNN prepares a product for
   * every number of tokens that it has not met: six a pass, 4 to 5 ms in all, as much as a hundred
   * tokens cost; and AMX works on 16 rows at a time. So there are some 256 numbers of tokens up to
   * {@link #passLimit}, and ONEDNN_PRIMITIVE_CACHE_CAPACITY in {@code start} and the images has
   * room for the products of all (docs/decisions/0024-passes-of-a-multiple-of-16-tokens.md).
   */
  int PASS_MULTIPLE = 16;

  /**
   * What a forward pass costs beside its tokens, said in tokens: two short passes beat one with
   * more padding than this. In int8 on a CPU with AMX, products being prepared, 12 to 32 did not
   * differ by more than chance, and 32 pads more than 5 % of a full batch
   * (docs/decisions/0024-passes-of-a-multiple-of-16-tokens.md).
   */
  default int passOverhead() {
    return 12;
  }

  /**
   * The passes that these sequences are best worked out in.
   *
   * @param cores how many of them can be worked out at a time: as many passes at least, as long as
   *     each has twice the tokens that it costs
   */
  default List<TokenBatch> passes(List<int[]> sequences, int cores) {
    int each = sequences.stream().mapToInt(ids -> ids.length).sum() / cores;
    int limit = cores == 1 ? passLimit() : Math.max(2 * passOverhead(), each);
    return TokenBatch.cut(
        sequences, Math.min(limit, passLimit()), passOverhead(), PASS_MULTIPLE, maxTokens());
  }

  /**
   * Whether it computes on a GPU. Then rows are not padded, so a pass costs its tokens only, and
   * the processor's cores are free meanwhile.
   */
  default boolean onGpu() {
    return false;
  }

  /** Waits for the passes under way, then frees the memory. A second call does nothing. */
  @Override
  void close();
}
