/** The scorer held to its promises: its rules without a broker, its guarantees on one. */
@NullMarked
package tickets.scorer;

import org.jspecify.annotations.NullMarked;
