/** The product's three services and its three stores, each a process that can be hit alone. */
@NullMarked
package tickets.benchmarks.processes;

import org.jspecify.annotations.NullMarked;
