/** Tests of results-sink, with Kafka, PostgreSQL and Redis for real. */
@NullMarked
package tickets.sink;

import org.jspecify.annotations.NullMarked;
