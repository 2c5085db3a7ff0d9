/** The service over HTTP, on real Kafka, PostgreSQL and Redis, with a stand-in for the pipeline. */
@NullMarked
package tickets.ingest;

import org.jspecify.annotations.NullMarked;
