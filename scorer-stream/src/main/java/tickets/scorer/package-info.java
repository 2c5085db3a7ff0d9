/**
 * Scores tickets: a Kafka Streams application that reads them from their topic, batch by batch, and
 * writes a priority or a rejection for each.
 */
@NullMarked
package tickets.scorer;

import org.jspecify.annotations.NullMarked;
