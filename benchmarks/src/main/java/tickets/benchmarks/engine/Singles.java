package tickets.benchmarks.engine;

/** How long an engine takes for one ticket alone, tokenising included, in milliseconds. */
public record Singles(double p50, double p99) {}
