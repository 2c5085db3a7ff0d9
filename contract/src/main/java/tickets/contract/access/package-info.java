/** How a service gets into Kafka, PostgreSQL and Redis: who it is there, and whom it trusts. */
@NullMarked
package tickets.contract.access;

import org.jspecify.annotations.NullMarked;
