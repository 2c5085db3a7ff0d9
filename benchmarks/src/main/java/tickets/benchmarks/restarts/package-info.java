/**
 * Restarts every service in turn under load, as an upgrade does, and counts what clients notice.
 */
@NullMarked
package tickets.benchmarks.restarts;

import org.jspecify.annotations.NullMarked;
