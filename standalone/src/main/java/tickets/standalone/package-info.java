/** The whole pipeline in one JVM: what {@code ./start} runs. */
@NullMarked
package tickets.standalone;

import org.jspecify.annotations.NullMarked;
