package tickets.benchmarks.engine;

/**
 * One engine in one round, or its medians (round 0).
 *
 * @param meanTokens of a ticket
 * @param paddingShare of the tokens worked through, 0 to 1
 * @param tokenisingShare of the time, 0 to 1
 * @param pssMib memory of the engine's process after it
 */
public record Round(
    int round,
    String engine,
    double ticketsPerSecond,
    double cpuSecondsPer1000,
    double meanTokens,
    double paddingShare,
    double tokenisingShare,
    double pssMib) {}
