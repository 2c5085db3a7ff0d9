/** What the harnesses' processes are watched and held with. */
@NullMarked
package tickets.benchmarks.processes;

import org.jspecify.annotations.NullMarked;
