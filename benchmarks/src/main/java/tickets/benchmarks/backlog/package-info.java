/**
 * A long backlog on the topic: whether the scorer is as quick as with a short one, and as small.
 */
@NullMarked
package tickets.benchmarks.backlog;

import org.jspecify.annotations.NullMarked;
