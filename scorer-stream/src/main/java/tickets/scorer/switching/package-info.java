/**
 * Which model scores: how that is commanded, changed between two batches, and reported.
 *
 * <pre>
 *   topic scorer-commands ──▶ ModelCommands ──▶ ModelSwitch ── loads ──▶ SwitchableEngine ◀── batches
 *                                                   │
 *                                                   └──▶ StatusReports ──▶ topic scorer-status
 * </pre>
 */
@NullMarked
package tickets.scorer.switching;

import org.jspecify.annotations.NullMarked;
