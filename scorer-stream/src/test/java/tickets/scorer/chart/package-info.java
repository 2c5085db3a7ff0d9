@NullMarked
package tickets.scorer.chart;

import org.jspecify.annotations.NullMarked;
