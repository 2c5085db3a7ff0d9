/**
 * {@code models/import}: tickets of the service replaced, scored anew in bulk.
 *
 * <pre>
 * CSV, JSONL, PostgreSQL ─▶ LabelledTickets ─▶ ImportTickets ─▶ BoundedPublisher ─▶ topic tickets ─▶ the pipeline
 *                                              └ ImportProgress
 * </pre>
 */
@NullMarked
package tickets.scorer.imports;

import org.jspecify.annotations.NullMarked;
