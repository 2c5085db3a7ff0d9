package tickets.scorer.model;

/** Logits that depend on a ticket's tokens by simple arithmetic, for tests that need no BERT. */
final class StubPriorityModel implements PriorityModel {
  private volatile boolean closed;

  @Override
  public int labelCount() {
    return 4;
  }

  @Override
  public int maxTokens() {
    return 256;
  }

  @Override
  public float[][] logits(TokenBatch batch) {
    if (closed) {
      throw new ModelFailure("closed");
    }
    if (batch.width() > maxTokens()) {
      throw new ModelFailure("too long");
    }
    float[][] logits = new float[batch.size()][labelCount()];
    for (int row = 0; row < batch.size(); row++) {
      for (int id : batch.row(row)) {
        logits[row][id % labelCount()]++;
      }
    }
    return logits;
  }

  @Override
  public void close() {
    closed = true;
  }
}
