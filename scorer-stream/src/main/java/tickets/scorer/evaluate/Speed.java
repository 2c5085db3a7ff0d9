package tickets.scorer.evaluate;

/**
 * How fast a model is on this machine in one precision, tokenising included, with one thread.
 *
 * @param precision as MODEL_PRECISION names it
 * @param ticketsPerSecond in batches of {@code batch} tickets
 * @param p50Millis of a ticket alone: half take no longer
 * @param p95Millis of a ticket alone: all but one in twenty take no longer
 * @param measured tickets that were scored for it
 * @param sameLabel share of them that get the same label as in the precision that was evaluated
 */
public record Speed(
    String precision,
    double ticketsPerSecond,
    int batch,
    double p50Millis,
    double p95Millis,
    int measured,
    double sameLabel) {}
