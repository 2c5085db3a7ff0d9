/**
 * Real Kafka, PostgreSQL and Redis on one machine without installing anything, for {@code ./start}
 * and for tests.
 *
 * <p>Each server keeps its data in a directory of its own, which outlives the process and may be
 * used on other ports the next time. None registers a shutdown hook: whoever starts a server closes
 * it, so that the order is the caller's. The three may be started and closed by different threads
 * at once.
 *
 * <pre>
 *   EmbeddedKafka     in this JVM            one node, KRaft
 *   EmbeddedPostgres  child process  ┐  in a session of its own, so that Ctrl-C on the terminal does not reach it
 *   EmbeddedRedis     child process  ┘  before this JVM's ordered stop
 * </pre>
 *
 * <p>A child process outlives a JVM that is killed with {@code kill -9}. The next start in the same
 * directory finds it and stops it first.
 *
 * <p>A caller that may be told to stop while they start registers its shutdown hook first and in it
 * waits for the starts to end before it closes: a start cut off half-way leaves its child process
 * to the next one.
 *
 * <p>Loggers worth keeping at WARN: {@code kafka}, {@code org.apache.kafka}, {@code
 * state.change.logger}. PostgreSQL and Redis log to a file in their data directory.
 */
@NullMarked
package tickets.embedded;

import org.jspecify.annotations.NullMarked;
