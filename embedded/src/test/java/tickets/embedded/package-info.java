/** Each server for real: started, closed, killed, started again. */
@NullMarked
package tickets.embedded;

import org.jspecify.annotations.NullMarked;
