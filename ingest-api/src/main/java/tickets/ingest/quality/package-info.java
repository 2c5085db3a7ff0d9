/** How often people agree with the model: asked by HTTP, and as metrics. */
@NullMarked
package tickets.ingest.quality;

import org.jspecify.annotations.NullMarked;
