/** The pipeline beside the service that it replaces: what is understood, and what is worked out. */
@NullMarked
package tickets.benchmarks.replaced;

import org.jspecify.annotations.NullMarked;
