/**
 * The scoring engine alone beside others on the same weights, each in a process of its own ({@link
 * tickets.benchmarks.engine.Engine}), round by round on the same texts ({@link
 * tickets.benchmarks.engine.Contest}).
 */
@NullMarked
package tickets.benchmarks.engine;

import org.jspecify.annotations.NullMarked;
