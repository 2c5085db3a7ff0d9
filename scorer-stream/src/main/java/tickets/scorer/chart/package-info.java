/**
 * Pictures for reports: plain SVG without a script, legible on light and dark pages.
 *
 * <p>{@code Chart} has bars and curves over time, {@code Plane} curves between two axes, {@code
 * Matrix} counts by row and column; {@code Svg} is what they are drawn with.
 */
@NullMarked
package tickets.scorer.chart;

import org.jspecify.annotations.NullMarked;
