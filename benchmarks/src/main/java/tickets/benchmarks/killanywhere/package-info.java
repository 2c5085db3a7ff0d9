/**
 * Kills and pauses every process of the pipeline under load, then counts what was lost or doubled.
 *
 * <pre>
 *   KillAnywhere ──▶ Servers         six processes: three services, Kafka, PostgreSQL, Redis
 *        │
 *        ├─────────▶ Load            tickets of a Workload, by HTTP and by Kafka, as patient clients send them
 *        │
 *        ├─────────▶ Faults          a FaultSchedule drawn from the seed; SignsOfLife tell when work goes on
 *        │
 *        └─────────▶ Reconciliation  Evidence from topics, PostgreSQL and GET /result against what was accepted
 * </pre>
 */
@NullMarked
package tickets.benchmarks.killanywhere;

import org.jspecify.annotations.NullMarked;
