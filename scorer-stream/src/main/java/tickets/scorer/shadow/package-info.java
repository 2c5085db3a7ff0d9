/**
 * A second model that scores the same tickets for comparison, behind the first and never in its
 * way.
 *
 * <pre>
 *   topics tickets, tickets-interactive ──▶ ShadowScoring ──▶ topic ticket-priorities-shadow
 * </pre>
 */
@NullMarked
package tickets.scorer.shadow;

import org.jspecify.annotations.NullMarked;
