/** What crosses a process boundary, and nothing else: topics, events, headers, cache keys. */
@NullMarked
package tickets.contract;

import org.jspecify.annotations.NullMarked;
